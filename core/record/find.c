#include "core/record/find.h"

#include "core/record/record_inside.h"

/* The same that GET /meta says of it. */
static bool may_use(const struct call *call, const struct endpoint *endpoint)
{
	return (endpoint->roles & call->actor.roles) && !(endpoint->menus & call->actor.barred) &&
		call_may_read(call, endpoint->reads);
}

size_t find_lists(struct call *call, const struct endpoint **out)
{
	const struct record_set *set = call->services->records;
	size_t count = 0;
	for (size_t i = 0; i < set->endpoint_count; i++) {
		const struct endpoint *endpoint = &set->endpoints[i];
		if (endpoint->verb == VERB_LIST && !endpoint->under && endpoint->record->search_count &&
			may_use(call, endpoint))
			out[count++] = endpoint;
	}
	return count;
}
