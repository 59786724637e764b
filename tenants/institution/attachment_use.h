/* attachment_use: what a file may be used for, who uses it, and how it is shown in public.
 *
 * used     a record holds a file of its own institution (without one: its own), uploaded for that purpose to a record
 *          of its type or to the institution itself; core/record/held.h asks for each id that is written
 * shown    to everybody only through a record that shows it now, and only as what it was uploaded for. There is no
 *          address of a file as such
 */
#ifndef QILIAN_TENANTS_INSTITUTION_ATTACHMENT_USE_H
#define QILIAN_TENANTS_INSTITUTION_ATTACHMENT_USE_H

#include "core/record/call.h"

struct attachment;

/* call_services.may_hold. The attachment stays until the transaction ends. */
struct problem *attachment_may_hold(struct call *call, const struct record *record, const void *row,
	const char *purpose, struct uuid file, bool *may, void *arg) MUST_CHECK;

/* A product lies at its home alone; its files may be seen on a shelf by who may see a listing that shows them, live or
 * in review. */
struct problem *attachment_load_listing(struct call *call, const struct attachment *row) MUST_CHECK;

/* PROBLEM_IN_USE, 409, with the names of those who hold it. Inside the transaction that removes it. */
struct problem *attachment_refuse_in_use(struct call *call, const struct attachment *row) MUST_CHECK;
/* Tells the shelves that show the product that it is gone. */
struct problem *attachment_tell_removed(struct call *call, const struct attachment *row) MUST_CHECK;

/* Answers a visitor with one size of a picture. institution_id: whose it must be; nil: a file of record_type
 * `owner_type`. The caller has looked that a public record names it. PROBLEM_NOT_FOUND for all that is not so. */
struct problem *attachment_show(struct call *call, struct uuid file, struct uuid institution_id, const char *owner_type,
	const char *purpose, const char *size) MUST_CHECK;

extern const struct problem_kind PROBLEM_IN_USE;

#endif
