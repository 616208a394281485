import { Effect } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"

const MANAGER = "/lib/systemd/systemd"
/** The unified hierarchy, also beside the older ones. */
const groups = ["/sys/fs/cgroup/unified", "/sys/fs/cgroup"].find((dir) => fs.existsSync(`${dir}/cgroup.procs`)) ?? null

/** What is written to a private directory of run files and control groups, and then a manager that believes it was booted. */
const inner = `set -e
mount --make-rprivate /
umount -R /sys/fs/cgroup
mount -t cgroup2 cgroup2 /sys/fs/cgroup
mount -t tmpfs -o mode=755 tmpfs /run
[ ! -d /var/lib/systemd ] || mount -t tmpfs -o mode=755 tmpfs /var/lib/systemd
mkdir -p /run/systemd/system "$XDG_RUNTIME_DIR" /sys/fs/cgroup/manager
chmod 700 "$XDG_RUNTIME_DIR"
echo $$ > /sys/fs/cgroup/manager/cgroup.procs
# not as the first process of its namespace: it would take itself for the machine's
${MANAGER} --user --log-target=console &
wait`

const command = ["unshare", "--mount", "--cgroup", "--pid", "--fork", "--mount-proc", "--kill-child"]

/** Why no systemd can run here as in a machine of its own; null: it can. */
export const withoutSystemd: string | null = (() => {
  if (process.getuid?.() !== 0) return "needs root"
  if (!fs.existsSync(MANAGER)) return "needs systemd: apt-get install systemd"
  if (groups === null) return "needs control groups of version 2"
  const dir = path.join(groups, `kugetsu-probe-${process.pid}`)
  try {
    fs.mkdirSync(dir)
    const script = "mount --make-rprivate / && umount -R /sys/fs/cgroup && mount -t cgroup2 cgroup2 /sys/fs/cgroup"
    const tried = Bun.spawnSync([...command, "sh", "-c", script], { stdout: "ignore", stderr: "pipe" })
    return tried.exitCode === 0 ? null : `needs namespaces: ${tried.stderr.toString().trim()}`
  } catch (cause) {
    return `needs control groups that can be made: ${(cause as Error).message}`
  } finally {
    if (fs.existsSync(dir)) fs.rmdirSync(dir)
  }
})()

export interface UserSystemd {
  /** Words to put before a command that is to run where this systemd is. */
  readonly enter: ReadonlyArray<string>
  readonly runtimeDirectory: string
}

/**
 * A real `systemd --user` for the person with this home, in namespaces of its own: with the scope every process in it
 * ends. Nobody has logged in there: there is no logind, and no journal.
 */
export const userSystemd = (home: string) =>
  Effect.map(
    Effect.acquireRelease(
      Effect.promise(() => start(home)),
      ({ child, group }) =>
        Effect.promise(async () => {
          child.kill("SIGKILL")
          await child.exited
          await removeGroup(group)
        }),
    ),
    ({ manager, runtimeDirectory }): UserSystemd => ({
      enter: ["nsenter", "--target", String(manager), "--mount", "--pid", "--cgroup"],
      runtimeDirectory,
    }),
  )

const start = async (home: string) => {
  const runtimeDirectory = `/run/user/${process.getuid!()}`
  const group = path.join(groups!, `kugetsu-test-${process.pid}-${performance.now()}`)
  fs.mkdirSync(group)
  const log = path.join(home, "systemd.log")
  const child = Bun.spawn(
    ["sh", "-c", 'echo $$ > "$0/cgroup.procs" && exec "$@"', group, ...command, "bash", "-c", inner],
    {
      env: { HOME: home, XDG_RUNTIME_DIR: runtimeDirectory, PATH: process.env.PATH },
      stdin: "ignore",
      stdout: Bun.file(log),
      stderr: Bun.file(log),
    },
  )
  for (let tries = 0; tries < 600 && child.exitCode === null; tries++) {
    const manager = fs
      .readFileSync(path.join(group, "cgroup.procs"), "utf8")
      .split("\n")
      .concat(...processesBelow(group))
      .map(Number)
      .find((pid) => pid > 0 && nameOf(pid) === "systemd")
    if (manager !== undefined && fs.existsSync(`/proc/${manager}/root${runtimeDirectory}/systemd/private`)) {
      return { child, group, manager, runtimeDirectory }
    }
    await Bun.sleep(20)
  }
  throw new Error(`systemd did not start: ${fs.existsSync(log) ? fs.readFileSync(log, "utf8") : ""}`)
}

const processesBelow = (group: string): ReadonlyArray<string> =>
  [...new Bun.Glob("**/cgroup.procs").scanSync({ cwd: group })].flatMap((file) => {
    try {
      return fs.readFileSync(path.join(group, file), "utf8").split("\n")
    } catch {
      return [] // a group that is gone
    }
  })

const nameOf = (pid: number): string => {
  try {
    return fs.readFileSync(`/proc/${pid}/comm`, "utf8").trim()
  } catch {
    return "" // it has gone
  }
}

/** The kernel lets a group go a moment after its last process. */
const removeGroup = async (group: string) => {
  for (let tries = 0; tries < 250 && fs.existsSync(group); tries++) {
    Bun.spawnSync(["find", group, "-depth", "-type", "d", "-exec", "rmdir", "{}", ";"], { stderr: "ignore" })
    await Bun.sleep(20)
  }
}
