"""What tools/run does once the packages are there: build, MariaDB, migrations, demonstration, qiliand, and watching them."""

import argparse
import contextlib
import errno
import fcntl
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import build
import process
import settings
import web

sys.path.insert(1, str(build.ROOT / "tools" / "demo"))
import past  # noqa: E402
from mariadb import MariaDB, Trouble, login

ROOT = build.ROOT
VAR = Path(os.environ.get("QILIAN_VAR", ROOT / "var")).absolute()
BUILD = Path(os.environ.get("QILIAN_BUILD", ROOT / "build")).absolute()
MARK = VAR / ".made-by-tools-run"
LOCK = VAR / ".lock"
LOADING = VAR / ".demo-unfinished"
CLOCK = VAR / "run" / "clock"
DATABASE = "qilian"

SPACE_FIRST = 900 << 20  # build, data folder and room to grow
SPACE_LATER = 200 << 20
SPACE_NONE = 20 << 20  # what fails now, fails for want of space
FULL = (errno.ENOSPC, errno.EDQUOT)
LOG_LIMIT = 20 << 20
RESTARTS, RESTARTS_WITHIN = 4, 60  # MariaDB dying more often than this is not an accident


def say(chinese, english, out=sys.stdout):
    print(chinese, english, sep="\n", file=out, flush=True)


# ---- Before anything is started ----

def arguments():
    parser = argparse.ArgumentParser(prog="tools/run", add_help=False)
    parser.add_argument("--port", type=int, default=8080)
    parser.add_argument("--reset", action="store_true")
    chosen = parser.parse_args()
    if not 1 <= chosen.port <= 65534:
        raise Trouble(f"端口 {chosen.port} 不在 1–65534 之内。", f"Port {chosen.port} is not within 1–65534.")
    return chosen


def make_var():
    try:
        fresh = not VAR.exists() or not any(VAR.iterdir())
        VAR.mkdir(mode=0o700, parents=True, exist_ok=True)
        if fresh:
            MARK.write_text("Everything in this folder was made by tools/run and is removed by tools/run --reset.\n")
        (VAR / "log").mkdir(exist_ok=True)
        (VAR / "run").mkdir(mode=0o700, exist_ok=True)
        LOCK.touch()
    except OSError as error:
        if error.errno in FULL:
            raise
        raise Trouble(f"无法写入 {VAR}（它属于另一个用户？）。", f"{VAR} cannot be written (does it belong to another user?).",
                      str(error)) from error


@contextlib.contextmanager
def only_one():
    """One tools/run per var/. The kernel frees the lock however we end."""
    with open(LOCK, "r+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            who = file.read().strip()
            raise Trouble(f"另一个 tools/run 正在运行（{who}）。请先用 Ctrl-C 结束它。",
                          f"Another tools/run is already running ({who}). End it with Ctrl-C first.") from None
        file.truncate()
        file.write(f"pid {os.getpid()}\n")
        file.flush()
        yield


def reset():
    if not MARK.exists():
        raise Trouble(f"{VAR} 不是由 tools/run 建立的，未作改动。请自行检查后移走。",
                      f"{VAR} was not made by tools/run: nothing was removed. Look at it and move it away yourself.")
    probe = MariaDB(VAR)
    probe.end_leftover()
    for path in VAR.iterdir():
        if path in (MARK, LOCK):
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
    make_var()
    say("已清空 var/，重新开始。", "var/ was emptied; beginning anew.")


def check_space(first):
    free, need = shutil.disk_usage(VAR).free, SPACE_FIRST if first else SPACE_LATER
    if free < need:
        raise Trouble(f"磁盘空间不足：{VAR} 所在的磁盘只剩 {free >> 20} MB，至少需要 {need >> 20} MB。已有数据未受影响。",
                      f"The disk is full: {free >> 20} MB are left where {VAR} lies and {need >> 20} MB are needed. "
                      "Existing data is untouched.")


def is_free(port):
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
            probe.listen(1)
        except OSError as error:
            if error.errno == errno.EACCES:
                raise Trouble(f"当前用户不能使用端口 {port}。", f"This user may not listen on port {port}.") from None
            return False
    return True


def choose_ports(port):
    """The port for the platforms must be the one asked for; the one for health and metrics is the next free one."""
    if not is_free(port):
        raise Trouble(f"端口 {port} 已被占用。请结束占用它的程序，或换一个端口：tools/run --port {port + 10}",
                      f"Port {port} is taken. End what uses it, or choose another: tools/run --port {port + 10}")
    for admin_port in range(port + 1, min(port + 50, 65536)):
        if is_free(admin_port):
            return admin_port
    raise Trouble(f"端口 {port} 之后没有空闲端口供监控使用。", f"No port after {port} is free for health and metrics.")


# ---- The parts ----

def make_programs():
    if not build.is_configured(BUILD):
        say("首次构建，约需一两分钟……", "Building for the first time, a minute or two…")
    log = VAR / "log" / "build.log"
    if not build.build(BUILD, log, targets=("build.ninja",)) or not build.build(BUILD, log, targets=build.programs(BUILD)):
        raise Trouble("构建失败，完整记录见 var/log/build.log。", "The build failed; all of it is in var/log/build.log.",
                      process.tail(VAR / "log" / "build.log", 30))


def make_pages():
    """Without them the programs' interface works all the same, so a fault here (no network, most likely) is no reason to stop."""
    if web.is_built():
        return
    say("正在构建网页，首次约需一两分钟……", "Building the pages; the first time takes a minute or two…")
    if not web.build(VAR / "log" / "web.log"):
        say("网页构建失败，完整记录见 var/log/web.log；接口仍可使用，下次启动会再试。",
            "The pages could not be built: see var/log/web.log. The API works without them; the next start tries again.", sys.stderr)


def prepare_data_folder(database):
    """Half-made folders: an attempt of ours is called db.tmp and made again; anything else is never removed here."""
    if database.is_complete():
        return False
    if database.data.exists() and any(database.data.iterdir()):
        if (database.data / DATABASE).exists():
            raise Trouble(f"{database.data} 不完整，但其中有数据，因此未作改动。请从备份恢复，或用 tools/run --reset 放弃它。",
                          f"{database.data} is incomplete but holds data, so it was left as it is. Restore a backup, "
                          "or give it up with tools/run --reset.")
        aside = database.data.with_name("db.incomplete-" + time.strftime("%Y%m%d-%H%M%S"))
        database.data.rename(aside)
        say(f"{database.data} 不完整（没有平台数据），已移到 {aside.name}，重新建立。",
            f"{database.data} is half-made (and holds no platform's data): moved to {aside.name} and made again.")
    elif database.data.exists():
        database.data.rmdir()
    say("正在建立数据库文件夹……", "Making the database folder…")
    database.initialise()
    return True


# Codes only go to the outbox here, and everybody comes from one address: the first so many ask for no proof of work.
DEMONSTRATION = {"sms": {"per_address": 1000000, "per_platform": 1000000, "in_all": 10000000, "proof_after": 100000}}


def write_settings(database, port, admin_port):
    path = VAR / "qilian.yaml"
    text = settings.compose(ROOT / "config" / "qilian.yaml", settings.merge(DEMONSTRATION, settings.local(
        database.socket, login(), DATABASE, port, admin_port, VAR)))
    unfinished = path.with_suffix(".tmp")
    unfinished.write_text(text, encoding="utf-8")
    unfinished.rename(path)
    return path


def ctl(file, *words):
    done = subprocess.run([BUILD / "tools" / "qilianctl", "--settings", file, *words], cwd=ROOT, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, preexec_fn=process.with_parent(signal.SIGKILL))
    if done.returncode != 0:
        command = "qilianctl " + " ".join(words)
        raise Trouble(f"{command} 失败。", f"{command} failed.", (done.stderr or done.stdout).decode("utf-8", "replace"))
    return done.stdout.decode("utf-8", "replace")


def wants_demonstration(file, database):
    """Into an empty database only. A load that was broken off has served nobody yet, so it begins again."""
    if LOADING.exists():
        say("上次演示数据没有装完，重新装入。", "The demonstration was not loaded to the end last time: loading it again.")
        database.sql(f"DROP DATABASE IF EXISTS {DATABASE}")
    ctl(file, "migrate")
    return database.sql("SELECT COUNT(*) FROM tenant", DATABASE) == [["0"]]


def demonstration(port, *words):
    """tools/demo/load.py: through the API of the running server, so that its data has come about by the real rules."""
    done = subprocess.run([sys.executable, "-B", ROOT / "tools" / "demo" / "load.py", "--port", str(port), "--password-file",
                           VAR / "demo-password", *words], cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, preexec_fn=process.with_parent(signal.SIGKILL))
    if done.returncode != 0:
        raise Trouble("演示数据装入失败。", "The demonstration could not be loaded.", done.stderr.decode("utf-8", "replace")[-3000:])
    return done.stdout.decode("utf-8", "replace")


def with_past(database):
    """The same database with a clock that the loader moves, so that a year can go by in a minute; itself where there is no libfaketime."""
    if not past.library():
        return database
    past.write(CLOCK, 0)
    return MariaDB(database.folder, log=database.log, env=past.environment(CLOCK))


def load_demonstration(file, port, admin_port):
    say("正在装入演示数据（约一分钟）……", "Loading the demonstration (about a minute)…")
    moved = ["--clock", CLOCK, "--admin-port", str(admin_port)] if CLOCK.exists() else []
    demonstration(port, "--settings", file, "--ctl", BUILD / "tools" / "qilianctl", *moved)


class Server:
    """qiliand in the foreground, its lines in var/log/."""

    log = VAR / "log" / "qiliand.log"
    out = VAR / "run" / "qiliand.out"

    def __init__(self, file):
        self.file, self.child = file, None

    def start(self, patience=30):
        self.out.write_bytes(b"")
        self.child = process.start([BUILD / "tools" / "qiliand", "--settings", self.file], log=self.log, out=self.out, cwd=ROOT)
        deadline = time.monotonic() + patience
        while not settings.is_ready(self.out.read_text()):
            if self.child.poll() is not None:
                raise Trouble("qiliand 没有启动成功。", "qiliand did not start.", process.tail(self.log))
            if time.monotonic() > deadline:
                raise Trouble(f"qiliand 在 {patience} 秒内没有就绪。", f"qiliand was not ready within {patience} seconds.",
                              process.tail(self.log))
            time.sleep(0.02)


# ---- Watching ----

def watch(server, database):
    deaths, warned = [], False
    while True:
        time.sleep(0.2)
        if server.child.poll() is not None:
            raise Trouble(f"qiliand 意外结束（{how_ended(server.child.returncode)}）。最后几行记录：",
                          f"qiliand ended unexpectedly ({how_ended(server.child.returncode)}). Its last lines:",
                          process.tail(server.log))
        if not database.is_alive():
            deaths = [moment for moment in deaths if moment > time.monotonic() - RESTARTS_WITHIN] + [time.monotonic()]
            if len(deaths) > RESTARTS:
                raise Trouble("MariaDB 反复意外结束，不再重启。", "MariaDB keeps ending unexpectedly; it is not restarted again.",
                              process.tail(database.log))
            say(f"MariaDB 意外结束（{how_ended(database.child.returncode)}），正在重启……",
                f"MariaDB ended unexpectedly ({how_ended(database.child.returncode)}); starting it again…")
            database.start()
            say("MariaDB 已恢复，已提交的数据没有丢失。", "MariaDB is back; nothing that was committed is lost.")
        low = shutil.disk_usage(VAR).free < SPACE_LATER
        if low and not warned:
            say("注意：磁盘快满了。", "Mind: the disk is nearly full.")
        warned = low


def how_ended(code):
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"


def end(server, database):
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    if server and server.child:
        process.end(server.child, 30)
    if database and database.child:
        database.stop()


def trim(path):
    if path.exists() and path.stat().st_size > LOG_LIMIT:
        path.replace(path.with_suffix(".log.1"))


def serve(chosen):
    database = server = None
    try:
        if chosen.reset:
            reset()
        database = MariaDB(VAR, log=VAR / "log" / "mariadb.log")
        check_space(first=not database.is_complete())
        admin_port = choose_ports(chosen.port)
        for log in (database.log, Server.log):
            trim(log)
        make_programs()
        make_pages()
        database.end_leftover()
        prepare_data_folder(database)
        database.start()
        file = write_settings(database, chosen.port, admin_port)
        if wants_demonstration(file, database):
            LOADING.touch()
            database.stop()
            database = with_past(database)
            database.start()
            server = Server(file)
            server.start()
            load_demonstration(file, chosen.port, admin_port)
            process.end(server.child, 30)
            server = None
            database.stop()
            LOADING.unlink()
            CLOCK.unlink(missing_ok=True)
            database = MariaDB(VAR, log=database.log)
            database.start()
        server = Server(file)
        server.start()
        print(demonstration(chosen.port, "--accounts"), flush=True)
        say(f"企联已在 127.0.0.1:{chosen.port} 运行（健康与指标：{admin_port}；记录：var/log）。Ctrl-C 结束。",
            f"qilian serves on 127.0.0.1:{chosen.port} (health and metrics: {admin_port}; logs: var/log). Ctrl-C ends it.")
        watch(server, database)
    finally:
        end(server, database)


def interrupted(number, frame):
    raise KeyboardInterrupt


def main():
    # Shells start background commands with SIGINT ignored: it ends us all the same. nohup's wish is kept.
    for number in (signal.SIGINT, signal.SIGTERM, *((signal.SIGHUP,) if signal.getsignal(signal.SIGHUP) == signal.SIG_DFL else ())):
        signal.signal(number, interrupted)
    try:
        chosen = arguments()
        make_var()
        with only_one():
            serve(chosen)
    except KeyboardInterrupt:
        say("\n已全部结束。", "All of it has ended.")
        return 0
    except Trouble as trouble:
        if trouble.detail:
            print(trouble.detail.rstrip(), file=sys.stderr)
        say(trouble.chinese, trouble.english, sys.stderr)
        if VAR.exists() and shutil.disk_usage(VAR).free < SPACE_NONE:
            tell_full()
    except OSError as error:
        if error.errno not in FULL:
            raise
        tell_full()
    return 1


def tell_full():
    say("磁盘已满，已停止。已提交的数据没有丢失；腾出空间后重新运行 tools/run。",
        "The disk is full; stopped. Nothing that was committed is lost; free some space and start tools/run again.", sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
