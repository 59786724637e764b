"""Keys made by qilianctl are keys that the server starts with."""


def test_a_new_installation_starts_with_keys_made_here(installation, tmp_path):
    text = installation.ctl("keys", "new")["keys"]
    assert [line.split(":")[0] for line in text.splitlines()] == ["1", "index"]
    text += installation.ctl("keys", "new", "2")["keys"]  # one more, for rotation
    assert installation.ctl("keys", "new")["keys"] not in text
    file = tmp_path / "keys"
    file.write_text(text)
    installation.server(name="keys", settings={"keys_file": str(file)}).stop()


def test_a_number_that_is_none_is_refused(installation):
    code, _ = installation.ctl("keys", "new", "none", check=False)
    assert code == 1
