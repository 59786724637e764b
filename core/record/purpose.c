#include "core/record/purpose.h"

#include <string.h>

#include "core/record/row.h"
#include "core/record/side.h"

const struct record_files *purpose_find(const struct record *record, const char *name)
{
	for (size_t i = 0; i < record->files_count; i++)
		if (strcmp(record->files[i].purpose, name) == 0)
			return &record->files[i];
	return NULL;
}

struct problem *purpose_check(
	struct call *call, const struct record *record, const void *row, const struct record_files *files)
{
	int phase = row_of_const(row)->phase;
	if (!files)
		return problem_add_field(call->arena, NULL, "/purpose", "choice", "该记录不接收这种附件",
			"is nothing that this record takes files for");
	if (!record_lets(call, record, row, files->who))
		return problem_detail(call->arena, &PROBLEM_FORBIDDEN, "您不能在此上传或删除这种附件。",
			"Files of this kind are not yours to add or remove here.");
	if (!files->phases || (phase && (files->phases >> (phase - 1) & 1)))
		return NULL;
	return problem_detail(call->arena, &PROBLEM_CONFLICT, "当前状态不能上传或删除这种附件。",
		"In its present state no files of this kind are added or removed.");
}
