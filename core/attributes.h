/* attributes: what a public header says of pointers, said so that compilers read it.
 *
 * OR_NULL          const char *OR_NULL platform_note(…): the answer may be NULL; who uses it looks first. clang's
 *                  analyser (tools/test analyse) follows it along every path; to gcc it is a word. Of a parameter:
 *                  NULL is taken, and the comment says for what
 * RETURNS_NONNULL  never NULL; UBSan looks at run time
 * MUST_CHECK       the answer may not be thrown away. A `struct problem *` is NULL when all is well and always says one
 *                  of MUST_CHECK and RETURNS_NONNULL
 * NONNULL          no pointer given may be NULL. Under sanitizers the compiler refuses a NULL that it sees, and a
 *                  function that looks all the same, and UBSan looks at run time. What runs in earnest is built
 *                  without, and looks wherever its text does; so does the analyser, as long as functions that answer
 *                  OR_NULL for what is never NULL where they are asked (a declared field) would fill its list
 * NONNULL_AT(1, 3) the same of these parameters, where others are OR_NULL or the list is open
 *
 * Every function of a public header that answers a pointer says which, and of those in core/ each pointer that is given
 * is the one or the other (tests/unit/test_null_words.py). An out-parameter is set before the first return, whatever
 * the function answers.
 */
#ifndef QILIAN_CORE_ATTRIBUTES_H
#define QILIAN_CORE_ATTRIBUTES_H

#ifdef __clang__
#define OR_NULL _Nullable
#else
#define OR_NULL
#endif
#define RETURNS_NONNULL __attribute__((returns_nonnull))
#ifdef __clang_analyzer__
/* The analyser does not believe RETURNS_NONNULL; where its paths depend on it, a header says it once more
 * (core/problem.h). */
#define BELIEVED(call) ({ __typeof__(call) believed_ = (call); __builtin_assume(believed_ != 0); believed_; })
#endif
/* Where compilers check, and not where they optimise: there they would leave out a look at a pointer that a word calls
 * in vain. */
#ifdef NONNULL_HELD
#define NONNULL __attribute__((nonnull))
#define NONNULL_AT(...) __attribute__((nonnull(__VA_ARGS__)))
#else
#define NONNULL
#define NONNULL_AT(...)
#endif
#define MUST_CHECK __attribute__((warn_unused_result))

#endif
