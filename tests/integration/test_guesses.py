"""Guessing at passwords and codes: counted so that nobody learns who there is, and nobody can shut others out (tenants/account/guess.h)."""

import pytest

from people import LISHUI, PASSWORD, ZHEJIANG, sign_in
from test_sign_in import admin, names, place, security, staff, totp, visit  # noqa: F401 - fixtures

HEADERS = ("Retry-After", "Content-Type", "Set-Cookie")


def shown(answer):
    return answer.status, {k: v for k, v in answer.json.items() if k not in ("request_id",)}, {name: answer.headers[name] for name in HEADERS[1:]}


def use_up(visit, login, host=LISHUI):
    answers = [sign_in(visit(host), login, f"wrong as can be {i}") for i in range(6)]
    assert [answer.status for answer in answers] == [401] * 5 + [429]
    return answers[-1]


def enrol(visitor):
    enrolled = visitor.post("/api/v1/auth/totp/enrol", {"password": PASSWORD}).expect(200).json
    visitor.post("/api/v1/auth/totp/confirm", {"ticket": enrolled["ticket"], "code": totp(enrolled["secret"])}).expect(204)
    return enrolled["secret"]


def later(place, user_name):
    """The code just used may not be used again: as if its half minute were over."""
    place.sql(f"UPDATE account SET totp_step = 0 WHERE user_name = '{user_name}'")


@pytest.mark.parametrize("spell", (str.upper, str.capitalize, lambda name: f" {name} ", lambda name: "".join(chr(ord(c) + 0xfee0) for c in name)),
                         ids=("upper", "capital", "spaces", "full_width"))
def test_known_and_unknown_rest_alike_in_every_spelling(admin, visit, names, spell):  # noqa: F811
    """The same count whatever the spelling, the same number of tries, the same words, the same seconds."""
    answers = []
    for login in (admin.user_name, names() + "_nobody"):
        tries = [sign_in(visit(LISHUI), login if i % 2 else spell(login), "wrong as can be") for i in range(6)]
        answers.append([shown(answer) for answer in tries])
        answers[-1].append(round(int(tries[-1].headers["Retry-After"]) / 10))
    assert answers[0] == answers[1]
    assert [status for status, *_ in answers[0][:6]] == [401] * 5 + [429]


def test_mobiles_rest_like_names_and_over_the_network(visit, names, admin, security):  # noqa: F811
    mobile = "13712340001"
    staff(admin, security, visit, names(), ["reviewer"], mobile=mobile)
    for login, other in ((mobile, "137 1234 0001"), ("13712340002", "+8613712340002")):
        for i in range(5):
            sign_in(visit((LISHUI, ZHEJIANG)[i % 2]), (login, other)[i % 2], "wrong as can be").refused(401, "sign-in-refused")
        for host in (LISHUI, ZHEJIANG):
            sign_in(visit(host), login, PASSWORD).refused(429, "sign-in-locked")


def test_strangers_do_not_lock_out_who_has_both_factors(admin, visit, place):  # noqa: F811
    secret = enrol(admin)
    use_up(visit, admin.user_name)
    body = {"login": admin.user_name, "password": PASSWORD}
    visitor = visit(LISHUI)
    alone = visitor.post("/api/v1/auth/sign-in", body).refused(429, "sign-in-locked")
    for wrong in ({**body, "code": "000000"}, {**body, "password": "wrong as can be", "code": totp(secret)}, {**body, "login": "nobody_at_all_9", "code": totp(secret)}):
        if wrong["login"] != admin.user_name:
            use_up(visit, wrong["login"])
        answer = visitor.post("/api/v1/auth/sign-in", wrong).refused(429, "sign-in-locked")
        assert shown(answer) == shown(alone)
    later(place, admin.user_name)
    assert visitor.post("/api/v1/auth/sign-in", {**body, "code": totp(secret)}).expect(200).json["account"]
    # And with the session all is forgotten.
    assert sign_in(visit(LISHUI), admin.user_name).expect(200).json["second_factor"] == "totp"


def test_strangers_do_not_lock_out_a_known_device(admin, visit):  # noqa: F811
    own, thief = visit(LISHUI), visit(LISHUI)
    sign_in(own, admin.user_name).expect(200)
    assert "qilian_device" in own.cookies
    own.post("/api/v1/auth/sign-out").expect(204)
    use_up(visit, admin.user_name)
    sign_in(visit(LISHUI), admin.user_name).refused(429)
    # Its own tries are counted as well, apart.
    for _ in range(4):
        sign_in(own, admin.user_name, "wrong as can be").refused(401)
    sign_in(own, admin.user_name).expect(200)
    own.post("/api/v1/auth/sign-out").expect(204)
    for _ in range(5):
        sign_in(own, admin.user_name, "wrong as can be").refused(401)
    sign_in(own, admin.user_name).refused(429)
    # A cookie that is made up, or another's, is none.
    use_up(visit, admin.user_name)
    for value in ("x", "A" * 120, own.cookies["qilian_device"][:-2] + "AA"):
        thief.cookies = {"qilian_device": value}
        sign_in(thief, admin.user_name).refused(429)


def test_a_device_is_known_to_its_account_alone(admin, visit, place, names):  # noqa: F811
    from people import administrator
    other = names()
    elsewhere = administrator(place, visit, LISHUI, "lishui", "reviewer", other)
    sign_in(elsewhere, other).expect(200)
    use_up(visit, admin.user_name)
    sign_in(elsewhere, admin.user_name).refused(429)


def test_second_factors_are_counted_apart_and_reset_by_a_session_only(admin, visit, place):  # noqa: F811
    """Whoever knows the password gets five codes, however often the password is right in between."""
    secret = enrol(admin)
    answers = []
    for _ in range(7):
        visitor = visit(LISHUI)
        ticket = sign_in(visitor, admin.user_name).expect(200).json["ticket"]
        answers.append(visitor.post("/api/v1/auth/second-factor", {"ticket": ticket, "code": "000000"}).status)
    assert answers == [401] * 5 + [429] * 2
    later(place, admin.user_name)
    ticket = sign_in(visitor, admin.user_name).expect(200).json["ticket"]
    visitor.post("/api/v1/auth/second-factor", {"ticket": ticket, "code": totp(secret)}).refused(429, "sign-in-locked")
    # Passwords have not been guessed at: they do not rest.
    sign_in(visit(LISHUI), admin.user_name).expect(200)


def test_qilianctl_lets_an_administrator_in_always(admin, visit, place, names):  # noqa: F811
    from people import administrator
    use_up(visit, admin.user_name)
    again = administrator(place, visit, LISHUI, "lishui", "system_admin", names())
    path = f"/api/v1/accounts/{again.get('/api/v1/accounts', query={'q': admin.user_name}).expect(200).json['items'][0]['id']}"
    assert again.get(path).json["locked"] is True
    again.post(f"{path}/unlock").expect(204)
    assert again.get(path).json["locked"] is False
    sign_in(visit(LISHUI), admin.user_name).expect(200)
