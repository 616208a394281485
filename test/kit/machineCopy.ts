import { Effect } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { temporaryDirectory } from "./temporary.ts"

/**
 * The copy: all of this machine's file system with nothing written to it, processes and a loopback of its own, and the
 * word that systemd started it. Ends with all that runs in it.
 */
const enter = `set -eu
mount --make-rprivate /
cd "$1"
mkdir layers && mount -t tmpfs tmpfs layers
mkdir layers/changes layers/work layers/root
mount -t overlay overlay -o "lowerdir=/,upperdir=layers/changes,workdir=layers/work" layers/root
mount --rbind /dev layers/root/dev
mount -t proc proc layers/root/proc
mount -t tmpfs tmpfs layers/root/run
mount -t tmpfs tmpfs layers/root/tmp
chmod 1777 layers/root/tmp
mkdir -p layers/root/run/systemd/system
cp -R given layers/root/given
ip link set lo up
exec env -i PATH=/given/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C \\
  chroot layers/root sh /given/scenario`

const unshare = "timeout --kill-after=5 60 unshare --mount --net --pid --fork --kill-child sh -c".split(" ")
const copying = (dir: string) => [...unshare, enter, "sh", dir]

/** Root, a kernel that lets it make namespaces and overlays, and the programs for it. */
export const canCopyMachine = (() => {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return false
  const dir = fs.mkdtempSync("/tmp/kugetsu-copy-")
  fs.mkdirSync(path.join(dir, "given"))
  fs.writeFileSync(path.join(dir, "given", "scenario"), "command -v useradd && command -v runuser")
  const { exitCode } = Bun.spawnSync(copying(dir), { stdio: ["ignore", "ignore", "ignore"] })
  fs.rmSync(dir, { recursive: true })
  return exitCode === 0
})()

/** Runs a script of `sh`, as root, in a copy of this machine. `given` are files below /given; those in bin/ go before all others. */
export const onMachineCopy = (scenario: string, given: Readonly<Record<string, string>>) =>
  Effect.flatMap(temporaryDirectory, (dir) =>
    Effect.promise(async () => {
      for (const [name, text] of Object.entries({ ...given, scenario })) {
        const file = path.join(dir, "given", name)
        fs.mkdirSync(path.dirname(file), { recursive: true })
        fs.writeFileSync(file, text, { mode: 0o755 })
      }
      const child = Bun.spawn(copying(dir), { stdio: ["ignore", "pipe", "pipe"] })
      const [stdout, stderr] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()])
      return { code: await child.exited, stdout, stderr }
    }),
  )
