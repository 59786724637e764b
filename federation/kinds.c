/* The kinds of entries that cross between platforms, each with who may say it and what it does: apply.h. On top of all
 * that it names. */
#include <string.h>

#include "federation/entry/application.h"
#include "federation/entry/entry_case.h"
#include "federation/entry/invitation.h"
#include "federation/entry/recommendation.h"
#include "federation/entry/standing.h"
#include "federation/entry/supplement.h"
#include "federation/exchange/crossing.h"
#include "federation/exchange/directory.h"
#include "federation/exchange/erasure.h"
#include "federation/exchange/profile.h"
#include "federation/exchange/publication.h"
#include "federation/exchange/told.h"
#include "federation/exchange/views.h"
#include "federation/exchange/visitor.h"
#include "federation/sync/apply.h"
#include "federation/transfer/transfer.h"
#include "schema/records.gen.h"

/* ---- Who has a say in a row that is here already ---- */

#define HERE " WHERE platform_id = :p AND id = ?"
static const char SOURCE[] = "SELECT from_platform FROM case_source" HERE;
static const char APPLIED_TO[] = "SELECT to_platform FROM application" HERE;
static const char RECOMMENDED_TO[] = "SELECT to_platform FROM recommendation" HERE;
static const char SHELVED_FOR[] =
	"SELECT product_home FROM listing WHERE platform_id = :p AND home_id = :p AND product_id = ?";
static const char MOVES_FROM[] = "SELECT from_platform FROM transfer" HERE;
static const char MOVES_TO[] = "SELECT to_platform FROM transfer" HERE;
static const char MEMBER_OF[] = "SELECT institution_home FROM membership" HERE;
static const char ASKED_OF[] = "SELECT to_platform FROM supplement" HERE;

/* ---- With whom an institution has to do, as its home knows ---- */

#define ITS " WHERE platform_id = :p AND institution_id = ?"
static const char APPLIES_TO[] = "SELECT to_platform FROM application" ITS;
/* Whoever was never asked has no say at all (ZJ-6). Who was, and is no longer, may say how it ended, and begins
 * nothing: consent.h. */
static const char *const BY_APPLYING[] = {APPLIES_TO, NULL};
/* An enterprise deals with the platforms on whose shelves it bought. */
static const char *const BY_DEALING[] = {"SELECT home_id FROM trade_order WHERE platform_id = :p AND buyer_id = ?",
	APPLIES_TO, "SELECT home_id FROM membership" ITS,
	"SELECT to_platform FROM listing_request" ITS, "SELECT to_platform FROM transfer" ITS,
	"SELECT from_platform FROM transfer" ITS, NULL};

/* In the order of the alphabet. */
static const struct apply_kind kinds[] = {
	{"account.access_ended", &shape_entry_access_ended, APPLY_ANYBODY, {NULL}, visitor_apply_ended, NULL, NULL,
		NULL},
	{"application.sent", &shape_entry_source, APPLY_HOME_OF_PAYLOAD, {SOURCE}, case_apply_application, NULL, NULL,
		NULL},
	{"application.withdraw", &shape_entry_request, APPLY_ANYBODY, {SOURCE}, case_apply_withdraw, NULL, NULL, NULL},
	{"attachment.removed", NULL, APPLY_ANYBODY, {NULL}, publication_apply_file_removed, NULL, NULL, NULL},
	{"case.decided", &shape_entry_progress, APPLY_ANYBODY, {APPLIED_TO, RECOMMENDED_TO}, standing_apply_progress,
		NULL, NULL, NULL},
	{"case.progress", &shape_entry_progress, APPLY_ANYBODY, {APPLIED_TO, RECOMMENDED_TO}, standing_apply_progress,
		NULL, NULL, NULL},
	{"case.withdraw_refused", &shape_entry_progress, APPLY_ANYBODY, {APPLIED_TO, RECOMMENDED_TO},
		standing_apply_withdraw_refused, NULL, NULL, NULL},
	{"institution.forget", NULL, APPLY_HOME_OF_RECORD, {NULL}, profile_apply_forget, NULL, NULL, NULL},
	{"institution.profile", &shape_entry_profile, APPLY_HOME_OF_RECORD, {NULL}, profile_apply, profile_apply_many,
		profile_prepare, NULL},
	{"invitation.answer", &shape_entry_invitation_answer, APPLY_ANYBODY, {APPLIED_TO, RECOMMENDED_TO},
		invitation_apply_answer, NULL, NULL, NULL},
	{"invitation.dossier", &shape_entry_source, APPLY_HOME_OF_PAYLOAD, {SOURCE}, invitation_apply_dossier, NULL,
		NULL, NULL},
	{"invitation.redeem", &shape_entry_redeem, APPLY_HOME_OF_PAYLOAD, {SOURCE}, invitation_apply_redeem, NULL, NULL,
		NULL},
	{"invitation.request_again", &shape_entry_invitation_again, APPLY_HOME_OF_RECORD, {NULL},
		invitation_apply_request_again, NULL, NULL, NULL},
	{"listing.requested", &shape_entry_wish, APPLY_HOME_OF_PAYLOAD, {SHELVED_FOR}, publication_apply_request, NULL,
		NULL, NULL},
	{"listing.state", NULL, APPLY_ANYBODY, {NULL}, publication_apply_state, publication_apply_state_many, NULL,
		NULL},
	{"listing.unavailable", &shape_entry_unavailable, APPLY_ANYBODY, {NULL}, publication_apply_unavailable, NULL,
		NULL, NULL},
	{"listing.views", &shape_entry_views, APPLY_ANYBODY, {NULL}, views_apply, NULL, NULL, NULL},
	{"listing.withdraw", &shape_entry_wish_end, APPLY_ANYBODY, {SHELVED_FOR}, publication_apply_withdraw, NULL,
		NULL, NULL},
	{"membership.leave", &shape_entry_request, APPLY_ANYBODY, {MEMBER_OF}, standing_apply_leave, NULL, NULL, NULL},
	{"membership.state", NULL, APPLY_ANYBODY, {NULL}, standing_apply_membership, NULL, NULL, BY_APPLYING},
	{"notice.told", &shape_entry_told, APPLY_ANYBODY, {NULL}, told_apply, NULL, NULL, BY_DEALING},
	{"platform.profile", &shape_entry_platform_profile, APPLY_ANYBODY, {NULL}, directory_apply, NULL, NULL, NULL},
	{"product.count", &shape_entry_counts, APPLY_HOME_OF_RECORD, {NULL}, publication_apply_count,
		publication_apply_count_many, NULL, NULL},
	{"recommendation.sent", &shape_entry_source, APPLY_HOME_STATED, {SOURCE}, case_apply_recommendation, NULL, NULL,
		NULL},
	{"recommendation.withdraw", &shape_entry_request, APPLY_ANYBODY, {SOURCE}, case_apply_withdraw, NULL, NULL,
		NULL},
	{"record.erased", &shape_entry_erased, APPLY_ANYBODY, {NULL}, erasure_apply, NULL, NULL, NULL},
	{"supplement.answered", &shape_entry_answer, APPLY_ANYBODY, {ASKED_OF}, supplement_apply_answer, NULL, NULL,
		NULL},
	{"supplement.state", NULL, APPLY_ANYBODY, {NULL}, supplement_apply_state, NULL, NULL, BY_APPLYING},
	{"transfer.answered", &shape_entry_transfer_answer, APPLY_ANYBODY, {MOVES_TO}, transfer_apply_answer, NULL,
		NULL, NULL},
	{"transfer.arrived", &shape_entry_transfer_arrived, APPLY_HOME_OF_RECORD, {NULL}, transfer_apply_arrived, NULL,
		NULL, NULL},
	{"transfer.content", &shape_entry_transfer_content, APPLY_ANYBODY, {NULL}, transfer_apply_content, NULL, NULL,
		NULL},
	{"transfer.moved", &shape_entry_transfer_moved, APPLY_ANYBODY, {NULL}, transfer_apply_moved, NULL, NULL, NULL},
	{"transfer.requested", &shape_entry_transfer_request, APPLY_HOME_OF_PAYLOAD, {MOVES_FROM},
		transfer_apply_request, NULL, NULL, NULL},
	{"transfer.withdraw", &shape_entry_request, APPLY_ANYBODY, {MOVES_FROM}, transfer_apply_withdraw, NULL, NULL,
		NULL},
};

const struct apply_kind *apply_kind_find(const char *name)
{
	size_t low = 0, high = sizeof kinds / sizeof kinds[0];
	while (low < high) {
		size_t middle = (low + high) / 2;
		int order = strcmp(name, kinds[middle].name);
		if (!order)
			return &kinds[middle];
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return crossing_kind(name);
}
