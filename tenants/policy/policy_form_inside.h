/* policy_form_inside: what policy_form.c and policy_form_parts.c share. */
#ifndef QILIAN_TENANTS_POLICY_POLICY_FORM_INSIDE_H
#define QILIAN_TENANTS_POLICY_POLICY_FORM_INSIDE_H

#include "core/attributes.h"
#include "tenants/policy/policy_form.h"

const struct yaml_node *OR_NULL policy_form_node(struct arena *arena, const struct yaml_node *root, const char *path);
/* An object: one setting. */
void policy_form_write_row(
	const struct policy_form *form, struct json_writer *w, const struct policy_form_row *row, const char *path);
/* The members own, layer and from. */
void policy_form_write_origin(const struct policy_form *form, struct json_writer *w, const char *path);

/* policy_form_parts.c: members of the object being written. */
void policy_form_write_lifecycles(const struct policy_form *form, struct json_writer *w);
void policy_form_write_forms(const struct policy_form *form, struct json_writer *w);
void policy_form_write_notices(const struct policy_form *form, struct json_writer *w);

#endif
