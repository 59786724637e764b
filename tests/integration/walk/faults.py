"""Faults that were mended, to be put back one by one: the walk must find each. (name, file, what stands there, what is put in its place)"""

FAULTS = [
    ("a redeemed code leaves the open case", "federation/admission.c", "problem = case_settle(call, row);", "problem = NULL;"),
    ("a removal at the city leaves its recommendation", "federation/admission.c",
     "return grounds_review(call, row->institution_id);", "return NULL;"),
    ("an admission leaves other codes open", "federation/admission.c",
     "return problem ? problem : invitation_settle(call, row->uscc);", "return problem;"),
    ("supplements outlive their case", "federation/case_effects.c",
     """static struct problem *close_sources(struct call *call, const struct entry_case *row)
{
	struct problem *problem = supplement_close(call, row->row.id);""",
     """static struct problem *close_sources(struct call *call, const struct entry_case *row)
{
	struct problem *problem = NULL;"""),
    ("a new name stays at its own record", "core/record/follow.c", "if (follower->shape->fields[i].follows", "if (0 && follower->shape->fields[i].follows"),
    ("the directory keeps the old name", "tenants/institution.c",
     '"UPDATE identity SET name = ? WHERE network_id = :n AND uscc = ?"', '"UPDATE identity SET name = ? WHERE network_id = :n AND uscc = ? AND 0"'),
    ("publishing again drops what differs on a platform", "federation/publish.c",
     "struct problem *problem = given ? NULL : product_overrides(call, row->row.id, platform, &overrides);", "struct problem *problem = NULL;"),
    ("who was removed stays on the shelf", "tenants/membership.c",
     'return listing_end_all(call, row->institution_id, "withdraw", row->reason);', "return NULL;"),
    ("who is suspended stays on the shelf", "tenants/membership.c",
     'return listing_end_all(call, row->institution_id, "suspend", row->reason);', "return NULL;"),
    ("what was deleted stays on shelves", "tenants/product.c",
     "	for (size_t i = 0; !problem && i < asked->rows; i++)\n		problem = product_withdraw(call, row->row.id, (uint32_t)db_get_uint(asked, i, 0), NULL);",
     "	(void)row;"),
    ("a withdrawal is not told to the platform that decides", "federation/recommendation.c",
     'return post_send_to(call, "recommendation.withdraw", "recommendation", row->row.id, row->to_platform, payload);', "return NULL;"),
    ("a decision is not told to whom it came from", "federation/case_effects.c",
     "return problem ? problem : case_sources_tell(call, row);", "return problem;"),
    ("a deleted certificate stays where it was copied to", "tenants/qualification.c",
     "struct problem *problem = record_delete(call, &record_qualification, row);",
     "struct problem *problem = db_exec(call->db, call->scope, \"DELETE FROM qualification WHERE platform_id = :p AND id = ?\", "
     "DB_ARGS(db_id(&row->row.id)), NULL);"),
]
