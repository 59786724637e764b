/* sample: the hooks of the sample record, and its policy. */
#ifndef QILIAN_TESTS_SAMPLE_H
#define QILIAN_TESTS_SAMPLE_H

#include "tests/record/records.gen.h"

/* What happens between the look at a reference and the row being written; NULL: nothing. */
extern void (*deal_meanwhile)(const struct deal *row);

#define SAMPLE_POLICY \
	"{\"lifecycles\": {\"sample\": {\"initial\": \"draft\", \"steps\": {" \
	"\"draft\": {\"phase\": \"draft\", \"zh\": \"草稿\", \"en\": \"Draft\"}," \
	"\"first\": {\"phase\": \"waiting\", \"zh\": \"初审\", \"en\": \"First review\", \"deadline\": 3}," \
	"\"second\": {\"phase\": \"waiting\", \"zh\": \"复审\", \"en\": \"Second review\", \"deadline\": 5}," \
	"\"asked\": {\"phase\": \"returned\", \"zh\": \"补正\", \"en\": \"Supplement\", \"clock\": \"stopped\"}," \
	"\"done\": {\"phase\": \"active\", \"zh\": \"通过\", \"en\": \"Approved\", \"final\": true}}, " \
	"\"transitions\": [" \
	"{\"event\": \"submit\", \"from\": [\"draft\"], \"to\": \"first\", \"roles\": [\"owner\"], \"guards\": " \
	"[\"sample_priced\"], \"complete\": true, \"zh\": \"提交\", \"en\": \"Submit\"}," \
	"{\"event\": \"pass\", \"from\": [\"first\"], \"to\": \"second\", \"roles\": [\"reviewer\"], \"reason\": " \
	"\"optional\", \"zh\": \"初审通过\", \"en\": \"Pass\"}," \
	"{\"event\": \"ask\", \"from\": [\"first\", \"second\"], \"to\": \"asked\", \"roles\": [\"reviewer\"], " \
	"\"reason\": \"required\", \"zh\": \"要求补正\", \"en\": \"Ask\"," \
	" \"form\": [{\"name\": \"days\", \"type\": \"uint\", \"min\": 1, \"max\": 30, \"required\": true, \"zh\": " \
	"\"天数\", \"en\": \"Days\"}]," \
	" \"notices\": [{\"template\": \"asked\", \"to\": \"owner\"}]}," \
	"{\"event\": \"answer\", \"from\": [\"asked\"], \"to\": \"first\", \"roles\": [\"owner\"], \"zh\": \"补正\", " \
	"\"en\": \"Answer\"}," \
	"{\"event\": \"approve\", \"from\": [\"second\"], \"to\": \"done\", \"roles\": [\"reviewer\"], \"effects\": " \
	"[\"sample_number\"], \"zh\": \"通过\", \"en\": \"Approve\"}," \
	"{\"event\": \"note\", \"from\": [\"first\", \"second\"], \"roles\": [\"server\"], \"reason\": \"required\", " \
	"\"zh\": \"备注\", \"en\": \"Note\"}]}}," \
	"\"forms\": {\"sample\": {\"fields\": {\"opens_on\": {\"required\": true, \"zh\": \"开业日期\", \"help_en\": " \
	"\"When it opens\"}}," \
	" \"extra\": [{\"name\": \"colour\", \"type\": \"enum\", \"required\": true, \"values\": [\"red\", " \
	"\"blue\"], \"zh\": \"颜色\", \"en\": \"Colour\"}," \
	"            {\"name\": \"size\", \"type\": \"uint\", \"max\": 9, \"zh\": \"尺寸\", \"en\": \"Size\"}]}}}"

#endif
