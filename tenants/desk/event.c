#include "tenants/desk/event.h"

#include <stdio.h>

#include "schema/records.gen.h"

void event_topic(uint32_t platform_id, char out[EVENT_TOPIC])
{
	snprintf(out, EVENT_TOPIC, "platform/%u", platform_id);
}

struct problem *event_stream(struct call *call)
{
	char topic[EVENT_TOPIC];
	event_topic(call->platform_id, topic);
	const char *topics[] = {topic};
	struct problem *problem =
		request_subscribe(call->request, uuid_text(call->arena, call->actor.account_id), topics, 1);
	if (!problem)
		request_stream(call->request);
	return problem;
}
