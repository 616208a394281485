import { Effect } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { debianFiles } from "./debianFiles.ts"
import { opencodeBinary, personWithOpencode } from "./opencode.ts"
import { temporaryDirectory } from "./temporary.ts"

const root = path.join(import.meta.dirname, "..", "..")

/**
 * The machine: required packages with git and curl, the pinned opencode, and one person, ada. Nothing else is in /etc, /home,
 * /tmp or /var; processes and a loopback of its own, with a scripted model there; all of it in memory. It ends with the
 * process that made it, and with it all that runs in it.
 */
const enter = `set -eu
place=$1 bun=$2 model=$3 opencode=$4
mount --make-rprivate /
mount -t proc proc /proc
ip link set lo up
mount -t tmpfs -o mode=755 tmpfs "$place/debian"
machine=$place/debian
cd "$machine"
for name in bin sbin lib lib32 lib64 libx32; do
  if [ -L "/$name" ]; then ln -s "$(readlink "/$name")" "$name"; fi
done
tar -C / --no-recursion -T "$place/files" -cf - | tar -xf -
mkdir -p dev etc given home/ada proc root run srv tmp usr/local/bin var/tmp
chmod 700 root; chmod 1777 tmp var/tmp
[ -e usr/bin/awk ] || ln -s "$(basename "$(readlink -f "$(command -v awk)")")" usr/bin/awk
for name in null zero full random urandom; do : >"dev/$name"; mount --bind "/dev/$name" "dev/$name"; done
ln -s /proc/self/fd dev/fd
printf 'root:x:0:0:root:/root:/bin/sh\\nada:x:1000:1000:Ada:/home/ada:/bin/bash\\n' >etc/passwd
printf 'root:x:0:\\nada:x:1000:\\n' >etc/group
printf '127.0.0.1 localhost\\n' >etc/hosts
printf 'passwd: files\\ngroup: files\\nhosts: files\\n' >etc/nsswitch.conf
: >usr/local/bin/opencode; mount --bind "$opencode" usr/local/bin/opencode
mount --rbind "$place/given" given; mount -o remount,bind,ro given
cp -R given/home/. home/ada; chown -R 1000:1000 home/ada srv
mount -t proc proc proc
"$bun" "$model" --port 4096 >/dev/null &
until curl -s http://127.0.0.1:4096/v1/models >/dev/null; do sleep 0.05; done
. "$place/given/scenario"`

/** For scenarios: words after it are run as ada would in a fresh shell. In a container: see \`container\`. */
const words = `
login='env -i HOME=/home/ada USER=ada LOGNAME=ada SHELL=/bin/bash LANG=C.UTF-8 PATH=/home/ada/.local/bin:/usr/local/bin:/usr/bin:/bin'
ada='setpriv --reuid 1000 --regid 1000 --clear-groups --no-new-privs'
# as_ada FILE...: a script of sh below /given, and its arguments
as_ada() { script=$1; shift; chroot "$machine" $ada $login sh -eu "/given/$script" "$@"; }
# container WORDS...: a container of this machine whose only process is that, as process 1; sets outer and inner
container() {
  unshare --mount --pid --fork --kill-child --mount-proc="$machine/proc" chroot "$machine" $ada $login "$@" &
  outer=$!
  until inner=$(cat "/proc/$outer/task/$outer/children") && [ -n "$inner" ]; do sleep 0.02; done
  inner=\${inner% }
}
# in_container FILE...: as_ada, in the container
in_container() { script=$1; shift; nsenter --target "$inner" --mount --pid chroot "$machine" $ada $login sh -eu "/given/$script" "$@"; }
`

const entering = (dir: string) => [
  ..."setpriv --pdeathsig KILL unshare --mount --net --pid --fork --kill-child sh -c".split(" "),
  words + enter,
  "sh",
  dir,
  process.execPath,
  path.join(root, "test", "kit", "scriptedModel.ts"),
  opencodeBinary(),
]

const lacking = (): string | null => {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return "root on Linux"
  for (const program of "dpkg tar curl ip unshare nsenter setpriv chroot git".split(" ")) {
    if (Bun.which(program) === null) return program
  }
  const { exitCode } = Bun.spawnSync(
    [
      "unshare",
      "--mount",
      "--net",
      "--pid",
      "--fork",
      "sh",
      "-c",
      "mount --make-rprivate / && mount -t proc proc /proc",
    ],
    { stdio: ["ignore", "ignore", "ignore"] },
  )
  return exitCode === 0 ? null : "leave to make namespaces"
}

/** What this machine lacks for one; null: nothing. */
export const lackingForDebian = lacking()

/** Runs a script of `sh`, as root, with the fresh machine as current directory. `given` are files below /given. */
export const onFreshDebian = (scenario: string, given: Readonly<Record<string, string | Uint8Array>>) =>
  Effect.flatMap(temporaryDirectory, (dir) =>
    Effect.promise(async () => {
      fs.chmodSync(dir, 0o755)
      for (const name of ["debian", "given/home"]) fs.mkdirSync(path.join(dir, name), { recursive: true })
      personWithOpencode(path.join(dir, "given", "home"), { baseURL: "http://127.0.0.1:4096/v1" })
      for (const [name, content] of Object.entries({ ...given, scenario })) {
        fs.writeFileSync(path.join(dir, "given", name), content)
      }
      fs.writeFileSync(path.join(dir, "files"), debianFiles(["git", "curl"]).join("\n"))
      const child = Bun.spawn(entering(dir), {
        stdio: ["ignore", "pipe", "pipe"],
        timeout: 100_000,
        killSignal: "SIGKILL",
      })
      const [stdout, stderr] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()])
      return { code: await child.exited, stdout, stderr }
    }),
  )
