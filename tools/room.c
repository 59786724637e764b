#include "tools/room.h"

#include "core/arena.h"

static struct problem *open_room(struct ctl *ctl, struct room *room)
{
	struct house *house = &room->house;
	house->arena = arena_create();
	house->settings = (struct settings *)(size_t)ctl->settings; /* only read from here on */
	struct problem *problem = crypto_keys_parse(house->arena, ctl->settings->keys, &house->keys);
	if (problem)
		return problem;
	house_connect(house);
	problem = house_open(house, false);
	if (problem)
		return problem;
	room->work = arena_create();
	db_use_arena(house->db, room->work);
	room->federation.services = &house->services;
	room->directory = platform_directory_use(house->services.registry, room->work);
	return NULL;
}

static const char *copy(struct ctl *ctl, const char *text)
{
	return arena_strdup(ctl->arena, text);
}

/* What is told outlives the room. */
static struct problem *carry_out(struct ctl *ctl, const struct problem *problem)
{
	if (!problem)
		return NULL;
	struct problem *told = problem_detail(ctl->arena, problem->kind, copy(ctl, problem->zh ? problem->zh : problem->kind->zh),
	                                      copy(ctl, problem->en ? problem->en : problem->kind->en));
	for (const struct problem_field *field = problem->fields; field; field = field->next)
		told = problem_add_field(ctl->arena, told, copy(ctl, field->pointer), copy(ctl, field->code), copy(ctl, field->zh), copy(ctl, field->en));
	return told;
}

struct problem *room_do(struct ctl *ctl, struct problem *(*work)(struct ctl *, struct room *))
{
	struct room room = {0};
	struct problem *problem = open_room(ctl, &room);
	if (!problem)
		problem = work(ctl, &room);
	problem = carry_out(ctl, problem);
	arena_destroy(room.work);
	house_close(&room.house);
	return problem;
}

struct problem *room_no_platform(struct ctl *ctl, const char *slug)
{
	return problem_detail(ctl->arena, &PROBLEM_NOT_FOUND, arena_printf(ctl->arena, "没有平台 %s", slug),
	                      arena_printf(ctl->arena, "There is no platform %s", slug));
}
