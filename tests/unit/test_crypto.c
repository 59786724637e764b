#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/crypto/crypto.h"
#include "core/text/code.h"

static const struct crypto_argon2 CHEAP = {64, 1, 1};

static int make_arena(void **state)
{
	*state = arena_create();
	return 0;
}

static int drop_arena(void **state)
{
	arena_destroy(*state);
	return 0;
}

static const char *hex(struct arena *arena, const void *bytes, size_t size)
{
	char *out = arena_alloc(arena, 2 * size + 1);
	crypto_hex(bytes, size, out);
	return out;
}

static unsigned char *unhex(struct arena *arena, const char *text)
{
	unsigned char *out = arena_alloc(arena, strlen(text) / 2 + 1);
	assert_true(crypto_unhex(text, out, strlen(text) / 2));
	return out;
}

static void hashes_match_their_standards(void **state)
{
	unsigned char out[CRYPTO_HASH];
	/* FIPS 180-4 */
	crypto_sha256("abc", 3, out);
	assert_string_equal(hex(*state, out, 32), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	crypto_sha256("", 0, out);
	assert_string_equal(hex(*state, out, 32), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	struct crypto_digest *digest = crypto_digest_create();
	for (int i = 0; i < 2; i++) {
		crypto_digest_add(digest, "a", 1);
		crypto_digest_add(digest, "bc", 2);
		crypto_digest_take(digest, out);
		assert_string_equal(
			hex(*state, out, 32), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	}
	crypto_digest_destroy(digest);
	/* RFC 4231, case 2 */
	crypto_hmac_sha256("Jefe", 4, "what do ya want for nothing?", 28, out);
	assert_string_equal(hex(*state, out, 32), "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
	/* RFC 5869, case 3: neither salt nor info; its first 32 bytes */
	memset(out, 0x0b, 22);
	unsigned char key[CRYPTO_KEY];
	crypto_hkdf(out, 22, "", key);
	assert_string_equal(hex(*state, key, 32), "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d");
}

static void encodings_are_strict(void **state)
{
	unsigned char two[2];
	size_t size;
	assert_true(crypto_unhex("00ff", two, 2));
	assert_int_equal(two[1], 255);
	assert_false(crypto_unhex("00FF", two, 2));
	assert_false(crypto_unhex("00f", two, 2));
	assert_false(crypto_unhex("00ff0", two, 2));
	assert_string_equal(crypto_base64url(*state, "\xfb\xff", 2), "-_8");
	assert_string_equal(crypto_base64url(*state, "", 0), "");
	assert_memory_equal(crypto_unbase64url(*state, "Zm9vYmFy", &size), "foobar", 6);
	assert_int_equal(size, 6);
	for (size_t n = 0; n < 40; n++) {
		unsigned char bytes[40];
		crypto_random(bytes, n);
		unsigned char *back = crypto_unbase64url(*state, crypto_base64url(*state, bytes, n), &size);
		assert_non_null(back);
		assert_int_equal(size, n);
		assert_memory_equal(back, bytes, n);
	}
	static const char *const refused[] = {"Zg==", "Zh", "Z", "Zm9+", "Zm 9", "Zm9v/"};
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		assert_null(crypto_unbase64url(*state, refused[i], &size));
	assert_int_equal(strlen(crypto_token(*state, 32)), 43);
	for (int i = 0; i < 50; i++) {
		char digits[7];
		crypto_digits(digits);
		assert_int_equal(strspn(digits, "0123456789"), 6);
		assert_in_range(crypto_random_below(3), 0, 2);
	}
}

static void signatures_are_those_of_rfc_8032(void **state)
{
	unsigned char public_key[CRYPTO_KEY], signature[CRYPTO_SIGNATURE];
	/* Section 7.1, test 2. */
	struct crypto_signer *signer =
		crypto_signer_create(unhex(*state, "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"));
	crypto_signer_public(signer, public_key);
	assert_string_equal(
		hex(*state, public_key, 32), "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
	crypto_sign(signer, "\x72", 1, signature);
	assert_string_equal(hex(*state, signature, 64),
		"92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
		"085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00");
	assert_true(crypto_verify(public_key, "\x72", 1, signature));
	assert_false(crypto_verify(public_key, "\x73", 1, signature));
	signature[5] ^= 1;
	assert_false(crypto_verify(public_key, "\x72", 1, signature));
	crypto_signer_destroy(signer);
}

/* --- passwords --- */

static void passwords_match_only_themselves(void **state)
{
	struct crypto_hasher *hasher = crypto_hasher_create(CHEAP, 2, 1000), *dearer;
	const char *encoded, *again;
	bool matches, outdated;
	assert_null(crypto_password_hash(hasher, *state, "正确的密码", &encoded));
	assert_null(crypto_password_hash(hasher, *state, "正确的密码", &again));
	assert_string_not_equal(encoded, again);
	assert_int_equal(strncmp(encoded, "$argon2id$v=19$m=64,t=1,p=1$", 28), 0);
	assert_null(crypto_password_verify(hasher, *state, encoded, "正确的密码", &matches, &outdated));
	assert_true(matches && !outdated);
	assert_null(crypto_password_verify(hasher, *state, encoded, "别的密码", &matches, NULL));
	assert_false(matches);
	static const char *const foreign[] = {
		NULL, "", "$2b$12$abc", "$argon2id$v=19$m=64,t=1,p=1$", "$argon2id$v=19$garbage"};
	for (size_t i = 0; i < sizeof(foreign) / sizeof(foreign[0]); i++) {
		assert_null(crypto_password_verify(hasher, *state, foreign[i], "正确的密码", &matches, NULL));
		assert_false(matches);
	}
	crypto_hasher_destroy(hasher);
	dearer = crypto_hasher_create((struct crypto_argon2){128, 1, 1}, 1, 1000);
	assert_null(crypto_password_verify(dearer, *state, encoded, "正确的密码", &matches, &outdated));
	assert_true(matches && outdated);
	crypto_hasher_destroy(dearer);
}

static void *hash_slowly(void *arg)
{
	struct arena *arena = arena_create();
	const char *encoded;
	bool ok = !crypto_password_hash(arg, arena, "x", &encoded);
	arena_destroy(arena);
	return ok ? arg : NULL;
}

static void hashes_at_once_are_capped(void **state)
{
	struct crypto_hasher *hasher = crypto_hasher_create((struct crypto_argon2){8192, 12, 1}, 1, 1);
	pthread_t threads[4];
	int done = 0;
	for (int i = 0; i < 4; i++)
		pthread_create(&threads[i], NULL, hash_slowly, hasher);
	for (int i = 0; i < 4; i++) {
		void *result;
		pthread_join(threads[i], &result);
		done += result != NULL;
	}
	assert_in_range(done, 1, 3);
	crypto_hasher_destroy(hasher);
}

/* --- keys --- */

static struct crypto_keys *keys_of(struct arena *arena, const char *text)
{
	struct crypto_keys *keys;
	struct problem *problem = crypto_keys_parse(arena, text, &keys);
	if (problem)
		fail_msg("%s", problem->en);
	return keys;
}

#define KEY_A "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
#define KEY_B "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE"

static void sealed_fields_open_with_their_key_and_context(void **state)
{
	struct crypto_keys *one = keys_of(*state, "1:" KEY_A "\nindex:" KEY_B "\n");
	struct crypto_keys *both = keys_of(*state, "# rotated\n2:" KEY_B "\n1:" KEY_A ", index:" KEY_B);
	struct crypto_keys *other = keys_of(*state, "2:" KEY_B ",index:" KEY_B);
	size_t sealed_size, size;
	unsigned char *sealed = crypto_seal(one, *state, "account.mobile/7", "13800000000", 11, &sealed_size);
	assert_int_equal(sealed_size, 11 + CRYPTO_SEAL_EXTRA);
	assert_int_equal(crypto_sealed_by(sealed, sealed_size), 1);
	assert_string_equal(crypto_open(one, *state, "account.mobile/7", sealed, sealed_size, &size), "13800000000");
	assert_int_equal(size, 11);
	assert_string_equal(crypto_open(both, *state, "account.mobile/7", sealed, sealed_size, &size), "13800000000");
	assert_null(crypto_open(other, *state, "account.mobile/7", sealed, sealed_size, &size));
	assert_null(crypto_open(one, *state, "account.mobile/8", sealed, sealed_size, &size));
	assert_null(crypto_open(one, *state, "account.mobile/7", sealed, sealed_size - 1, &size));
	assert_null(crypto_open(one, *state, "account.mobile/7", sealed, 5, &size));
	for (size_t i = 0; i < sealed_size; i++) {
		sealed[i] ^= 1;
		assert_null(crypto_open(one, *state, "account.mobile/7", sealed, sealed_size, &size));
		sealed[i] ^= 1;
	}
	sealed = crypto_seal(both, *state, "", "", 0, &sealed_size);
	assert_int_equal(crypto_sealed_by(sealed, sealed_size), 2);
	assert_string_equal(crypto_open(other, *state, "", sealed, sealed_size, &size), "");
	assert_int_equal(crypto_keys_newest(both), 2);
	crypto_keys_destroy(one);
	crypto_keys_destroy(both);
	crypto_keys_destroy(other);
}

static void blind_indexes_outlive_rotation_and_keep_purposes_apart(void **state)
{
	struct crypto_keys *one = keys_of(*state, "1:" KEY_A ",index:" KEY_B),
			   *two = keys_of(*state, "2:" KEY_B ",index:" KEY_B);
	unsigned char a[CRYPTO_HASH], b[CRYPTO_HASH], c[CRYPTO_HASH];
	crypto_blind_index(one, "account.mobile", "13800000000", a);
	crypto_blind_index(two, "account.mobile", "13800000000", b);
	crypto_blind_index(one, "contact.mobile", "13800000000", c);
	assert_true(crypto_equal(a, b, sizeof(a)));
	assert_false(crypto_equal(a, c, sizeof(a)));
	crypto_keys_derive(one, "account.mobile", c);
	assert_false(crypto_equal(a, c, sizeof(a)));
	crypto_keys_destroy(one);
	crypto_keys_destroy(two);
}

static void faulty_keys_are_refused(void **state)
{
	static const char *const refused[] = {
		"", "# nothing", "1:" KEY_A, "index:" KEY_A, "0:" KEY_A ",index:" KEY_B, "65536:" KEY_A ",index:" KEY_B,
		"x:" KEY_A ",index:" KEY_B, "1:short,index:" KEY_B, "1:" KEY_A "A,index:" KEY_B,
		"1:" KEY_A ",1:" KEY_B ",index:" KEY_B,
		"1:" KEY_A ",index:" KEY_B ",index:" KEY_B, "1" KEY_A, ":" KEY_A ",index:" KEY_B,
	};
	struct crypto_keys *keys;
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		if (!crypto_keys_parse(*state, refused[i], &keys))
			fail_msg("%s", refused[i]);
		assert_null(keys);
	}
	struct buf *text = buf_in(*state);
	crypto_keys_generate(text, 1);
	crypto_keys_generate(text, 0);
	crypto_keys_destroy(keys_of(*state, text->data));
}

/* --- invite codes (ZJ-6) --- */

static const char ALPHABET[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

static void a_check_character_finds_every_slip(void **state)
{
	for (int round = 0; round < 20; round++) {
		char code[CODE_LENGTH + 1], wrong[CODE_LENGTH + 1];
		code_make(code);
		assert_int_equal(strlen(code), CODE_LENGTH);
		assert_int_equal(strspn(code, ALPHABET), CODE_LENGTH);
		assert_true(code_check(code));
		for (int i = 0; i < CODE_LENGTH; i++) {
			strcpy(wrong, code);
			for (const char *c = ALPHABET; *c; c++) {
				wrong[i] = *c;
				assert_int_equal(code_check(wrong), *c == code[i]);
			}
			for (int j = i + 1; j < CODE_LENGTH; j++) {
				strcpy(wrong, code);
				wrong[i] = code[j];
				wrong[j] = code[i];
				assert_int_equal(code_check(wrong), code[i] == code[j]);
			}
		}
	}
}

static void codes_are_taken_as_people_type_them(void **state)
{
	struct arena *arena = *state;
	static const struct {
		const char *typed, *expected;
	} cases[] = {
		{"0123-4567-89AB-CDEF", "0123456789ABCDEF"},
		{" 0123 4567\t89ab cdef ", "0123456789ABCDEF"},
		{"oOiIlL0000000000", "0011110000000000"},
		{"０１２３－４５６７—８９ａｂ　ＣＤＥＦ", "0123456789ABCDEF"},
		{"0123–4567−89AB‐CDEF", "0123456789ABCDEF"},
		{"0123~4567～89AB_CDEF", "0123456789ABCDEF"},
		{"\u202d0123-4567-\u200b89AB-CDEF\u202c\ufeff", "0123456789ABCDEF"},
		{"\u00a00123\u30004567 89AB CDEF\n", "0123456789ABCDEF"},
		{"邀约码：0123-4567-89AB-CDEF", "0123456789ABCDEF"},
		{"0123-4567-89AB-CDE", NULL},
		{"0123-4567-89AB-CDEFG", NULL},
		{"0123-4567-89AB-CDEU", NULL},
		{"0123-4567-89AB-CDE企", NULL},
		{"0123-4567-89AB-CDE\xff", NULL},
		{"", NULL},
	};
	char out[CODE_LENGTH + 1], shown[CODE_SHOWN + 1];
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		bool taken = code_read(arena, cases[i].typed, out);
		if (taken != (cases[i].expected != NULL) || (taken && strcmp(out, cases[i].expected) != 0))
			fail_msg("%s: %s", cases[i].typed, out);
	}
	/* In what brings it, a code is known by its check character; any other sixteen characters are none. */
	static const char *const around[] = {"%s。", "【%s】", "邀约码%s，2026-12-29前有效，请登录平台选择邀约入驻。",
		"code %s valid until 2026-12-29", "http://zhejiang.localhost:18170/join-by-code#%s",
		"https://example.cn/join-by-code#%s?from=wechat", "（%s）", "邀约码 %s 。", "您好，%s 是您的邀约码；%s",
		"%s\n2026年12月29日前有效"};
	for (int round = 0; round < 200; round++) {
		char code[CODE_LENGTH + 1], typed[400];
		code_make(code);
		code_show(code, shown);
		for (size_t i = 0; i < sizeof(around) / sizeof(around[0]); i++) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
			snprintf(typed, sizeof(typed), around[i], round % 2 ? shown : code, shown);
#pragma GCC diagnostic pop
			if (!code_read(arena, typed, out) || strcmp(out, code) != 0)
				fail_msg("“%s”: %s", typed, out);
		}
		code[3] = code[3] == '0' ? '1' : '0';
		snprintf(typed, sizeof(typed), "邀约码%s，请核对", code);
		if (code_check(code) || code_read(arena, typed, out))
			fail_msg("“%s” holds no code: %s", typed, out);
	}
	assert_string_equal(digits_read(arena, "１２３ ４５６", 6), "123456");
	assert_string_equal(digits_read(arena, "【企联】验证码123456，5分钟内有效", 6), "123456");
	assert_string_equal(digits_read(arena, "验证码：\u200b123456\n", 6), "123456");
	assert_null(digits_read(arena, "12345", 6));
	assert_null(digits_read(arena, "1234567", 6));
	assert_null(digits_read(arena, "123456 和 654321", 6));
	assert_null(digits_read(arena, "", 6));
	code_show("0123456789ABCDEF", shown);
	assert_string_equal(shown, "0123-4567-89AB-CDEF");
	assert_false(code_check(""));
	assert_false(code_check("0123456789ABCDEu"));
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, make_arena, drop_arena)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(hashes_match_their_standards),
		TEST(encodings_are_strict),
		TEST(signatures_are_those_of_rfc_8032),
		TEST(passwords_match_only_themselves),
		TEST(hashes_at_once_are_capped),
		TEST(sealed_fields_open_with_their_key_and_context),
		TEST(blind_indexes_outlive_rotation_and_keep_purposes_apart),
		TEST(faulty_keys_are_refused),
		TEST(a_check_character_finds_every_slip),
		TEST(codes_are_taken_as_people_type_them),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
