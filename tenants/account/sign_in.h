/* sign_in: from a proof of identity to a session.
 *
 * An unknown name and a wrong password get one answer after the same work, and are counted alike
 * (tenants/account/guess.h). Two factors: the first leads to a ticket, ticket and code to the session.
 */
#ifndef QILIAN_TENANTS_ACCOUNT_SIGN_IN_H
#define QILIAN_TENANTS_ACCOUNT_SIGN_IN_H

#include "core/record/call.h"
#include "tenants/account/credential.h"

struct one_time;

extern const struct problem_kind PROBLEM_SIGN_IN_REFUSED; /* 401, unknown or wrong */
extern const struct problem_kind PROBLEM_SIGN_IN_LOCKED;  /* 429, with retry_after */
extern const struct problem_kind PROBLEM_ACCOUNT_STATE;   /* 403, disabled or closed; only after a right proof */
extern const struct problem_kind PROBLEM_SIGN_IN_WAY;     /* 403, this platform does not take this way */
extern const struct problem_kind PROBLEM_NEEDS_PASSWORD;  /* 403, the password must be changed first */
extern const struct problem_kind PROBLEM_NEEDS_TOTP;      /* 403, a second factor must be set up first */
/* Of what credential_needs() says. */
struct problem *sign_in_needs_problem(struct arena *arena, const char *needs) MUST_CHECK;

/* An external identity that is to be bound to the account once the sign-in is complete, second factor and all. */
struct sign_in_bind {
	const char *provider;
	const char *subject;
};
/* What a ticket carries of it, and back; NULL is none. */
void sign_in_bind_keep(struct json_object *payload, const struct sign_in_bind *OR_NULL bind);
const struct sign_in_bind *OR_NULL sign_in_bind_of(struct arena *arena, struct json_object *payload);

/* What a first factor led to. */
struct sign_in_result {
	const char *ticket; /* for the second factor; NULL: the session is open */
};

/* Answers of refused: PROBLEM_SIGN_IN_REFUSED or _LOCKED. *out: whose password it is. Opens nothing: for those who
 * confirm an action, too. */
struct problem *sign_in_prove(
	struct call *call, const char *login, const char *password, struct credential **out) MUST_CHECK;
/* After a first factor that is right: a session, or a ticket for the second factor. how: "password", "sms", a
 * provider. */
struct problem *sign_in_complete(struct call *call, const struct credential *credential, const char *how,
                                 const struct sign_in_bind *OR_NULL bind, struct sign_in_result *out) MUST_CHECK;
/* Like sign_in_prove(), among all accounts of the network: an account elsewhere comes with credential->at. code, or
 * NULL: of the second factor, sent along; *both: it was right, so that nothing is left to prove. While passwords rest,
 * only both together get in. */
struct problem *sign_in_prove_in_network(struct call *call, const char *login, const char *password, const char *code,
                                         struct credential **out, bool *both) MUST_CHECK;
/* Whether nothing ended the account's access since the ticket was given. */
bool sign_in_ticket_holds(struct call *call, const struct one_time *ticket, const struct credential *credential);
struct problem *sign_in_second_factor(struct call *call, const char *ticket, const char *code) MUST_CHECK;
/* A session for the account, whatever came before. */
struct problem *sign_in_open(struct call *call, const struct credential *credential, const char *how) MUST_CHECK;

#endif
