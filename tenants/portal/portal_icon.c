/* The platform's mark for tabs and bookmarks. */
#include "tenants/portal/portal_found.h"

#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/record/endpoint.h"
#include "tenants/platform/services.h"
#include "tenants/portal/portal.h"

/* A pixel is looked at in FINE × FINE places, so that edges are smooth. Lengths are those of the mark, 32 × 32 as in
 * web/public/favicon.svg. */
enum { SIDE = 32, FINE = 4, HEAD = 22, INFO = 40, PIXELS = SIDE * SIDE * 4, MASK = SIDE * SIDE / 8 };

static const char DEFAULT_COLOUR[] = "#0b5cad";

static struct problem *policy_of(struct request *request, const struct policy **policy)
{
	struct call *call = request->call;

	portal_cacheable(call);
	return services_policy(call, policy);
}

static double squared(double x, double y)
{
	return x * x + y * y;
}

static bool in_square(double x, double y)
{
	enum { CORNER = 6 };
	double dx = x < CORNER ? CORNER - x : x > SIDE - CORNER ? x - (SIDE - CORNER) : 0;
	double dy = y < CORNER ? CORNER - y : y > SIDE - CORNER ? y - (SIDE - CORNER) : 0;

	return squared(dx, dy) <= CORNER * CORNER;
}

/* From the line between two points, squared. */
static double distance(double x, double y, const double *from, const double *to)
{
	double dx = to[0] - from[0], dy = to[1] - from[1];
	double part = ((x - from[0]) * dx + (y - from[1]) * dy) / squared(dx, dy);

	part = part < 0 ? 0 : part > 1 ? 1 : part;
	return squared(x - from[0] - part * dx, y - from[1] - part * dy);
}

static bool in_mark(double x, double y)
{
	static const double line[][2] = {{7, 21}, {7, 11}, {16, 6}, {25, 11}, {25, 21}, {16, 26}};
	enum { POINTS = sizeof line / sizeof *line };
	const double half = 1.2, dot = 3.2;

	for (int i = 0; i < POINTS; i++)
		if (distance(x, y, line[i], line[(i + 1) % POINTS]) <= half * half)
			return true;
	return squared(x - 16, y - 16) <= dot * dot;
}

/* Blue, green, red, alpha. */
static void put_pixel(int column, int line, unsigned long rgb, unsigned char out[4])
{
	int inside = 0, marked = 0;

	for (int i = 0; i < FINE * FINE; i++) {
		double x = column + (i % FINE + 0.5) / FINE, y = line + (i / FINE + 0.5) / FINE;
		inside += in_square(x, y);
		marked += in_mark(x, y);
	}
	for (int i = 0; i < 3; i++) {
		int part = (int)(rgb >> (8 * i) & 255);
		out[i] = (unsigned char)(inside ? part + (255 - part) * marked / inside : 255);
	}
	out[3] = (unsigned char)(255 * inside / (FINE * FINE));
}

/* A directory of one picture: a bitmap with alpha, lines from below, and a mask that says nothing. */
static void put_ico(struct buf *out, unsigned long rgb)
{
	const uint32_t size = INFO + PIXELS + MASK;
	const unsigned char head[HEAD] = {
		0, 0, 1, 0, 1, 0, SIDE, SIDE, 0, 0, 1, 0, 32, 0, size & 255, size >> 8 & 255, 0, 0, HEAD};
	const unsigned char info[INFO] = {INFO, 0, 0, 0, SIDE, 0, 0, 0, 2 * SIDE, 0, 0, 0, 1, 0, 32};
	const unsigned char mask[MASK] = {0};
	unsigned char pixel[4];

	buf_add(out, head, sizeof head);
	buf_add(out, info, sizeof info);
	for (int line = SIDE - 1; line >= 0; line--)
		for (int column = 0; column < SIDE; column++) {
			put_pixel(column, line, rgb, pixel);
			buf_add(out, pixel, sizeof pixel);
		}
	buf_add(out, mask, sizeof mask);
}

static const char *colour_of(const struct policy *policy)
{
	return policy->profile.primary_colour ? policy->profile.primary_colour : DEFAULT_COLOUR;
}

struct problem *portal_icon(struct request *request)
{
	const struct policy *policy;
	struct problem *problem = policy_of(request, &policy);

	if (problem)
		return problem;
	put_ico(request->out, strtoul(colour_of(policy) + 1, NULL, 16));
	request->content_type = "image/x-icon";
	return NULL;
}

static const char MARK[] =
	"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 32 32\"><rect width=\"32\" height=\"32\" rx=\"6\" "
	"fill=\"%s\"/><path d=\"M7 21V11l9-5 9 5v10l-9 5z\" fill=\"none\" stroke=\"#fff\" stroke-width=\"2.4\"/>"
	"<circle cx=\"16\" cy=\"16\" r=\"3.2\" fill=\"#fff\"/></svg>";

/* Whatever somebody wrote into a logo, nothing of it runs when it is opened by itself. */
struct problem *portal_icon_svg(struct request *request)
{
	const struct policy *policy;
	struct problem *problem = policy_of(request, &policy);

	if (problem)
		return problem;
	request_add_header(
		request, "Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; sandbox");
	request->content_type = "image/svg+xml";
	if (policy->profile.logo)
		buf_text(request->out, policy->profile.logo);
	else
		buf_text(request->out,
			arena_printf(request->arena, MARK, colour_of(policy)));
	return NULL;
}
