import { expect, test } from "bun:test"
import { Effect } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { effectTest } from "../kit/effectTest.ts"
import { canCopyMachine, onMachineCopy } from "../kit/machineCopy.ts"
import { sshd } from "../kit/sshServer.ts"

const script = fs.readFileSync(
  path.join(import.meta.dirname, "..", "..", "skills", "kugetsu", "scripts", "sshd-setup.sh"),
  "utf8",
)

/** Nobody booted the copy, so this stands for systemd; what it starts and reloads is the real sshd. */
const systemctl = `#!/bin/sh
echo "$*" >>/tmp/asked
case "$*" in
  "cat ssh.service") ;;
  "is-active --quiet ssh.service") kill -0 "$(cat /run/sshd.pid 2>/dev/null)" 2>/dev/null ;;
  "enable --quiet --now ssh.service") /usr/sbin/sshd ;;
  "enable --quiet ssh.service") ;;
  "reload ssh.service") kill -HUP "$(cat /run/sshd.pid)" ;;
  *) exit 1 ;;
esac
`

const hasSudo = Bun.which("sudo") !== null && Bun.which("visudo", { PATH: "/usr/sbin:/sbin:/usr/bin" }) !== null
/** Without sudo on this machine the rule is only written, and tried by nobody. */
const sudo: Record<string, string> = hasSudo ? {} : { "bin/sudo": "#!/bin/sh\n", "bin/visudo": "#!/bin/sh\n" }

const prelude = `set -eu
setup() { code=0; sh /given/sshd-setup.sh "$@" >/tmp/out 2>/tmp/err </dev/null || code=$?; }
say() { echo "$1: $(cat)"; }
state() { (cd /etc && find ssh sudoers.d -type f 2>/dev/null | sort | xargs sha256sum) | sha256sum; }
client() { ssh -F none -i /tmp/key -o IdentitiesOnly=yes -o BatchMode=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR "$@"; }
offered() { ssh -F none -v -o PreferredAuthentications=none -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null "$1@127.0.0.1" true 2>&1 </dev/null | sed -n 's/.*Authentications that can continue: //p' | head -n 1 | tr -d '\\r'; }
settled() { for i in $(seq 100); do if ssh-keyscan -t ed25519 127.0.0.1 2>/dev/null | grep -q ed25519; then return; fi; sleep 0.02; done; }
mkdir -p /run/sshd
ssh-keygen -q -t ed25519 -N '' -C someone -f /tmp/key
`

const scenario = (name: string, body: string, judge: (answer: ReadonlyMap<string, string>) => void) => {
  const given = { "sshd-setup.sh": script, "bin/systemctl": systemctl, ...sudo }
  const whole = () =>
    Effect.gen(function* () {
      const { code, stderr, stdout } = yield* onMachineCopy(prelude + body, given)
      judge(new Map(stdout.split("\n").map((line) => [line.split(": ")[0]!, line.slice(line.indexOf(": ") + 2)])))
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" })
    })
  if (canCopyMachine && sshd !== null) effectTest(name, whole)
  else test.skip(`${name} (needs root, namespaces and sshd)`, () => undefined)
}

scenario(
  "passwords stay on until the user has a key; with one the key alone opens, and a second run changes nothing",
  `
before=$(cd /etc/ssh && sha256sum sshd_config)
setup
echo "keyless: $code $(ls /etc/ssh/sshd_config.d | grep -c kugetsu || true) $(test -e /tmp/asked && echo asked || echo silent)"
say "way out" </tmp/err
echo "config: $(test "$before" = "$(cd /etc/ssh && sha256sum sshd_config)" && echo same)"
ssh-keygen -y -f /tmp/key >/tmp/key.pub
setup --key /tmp/key.pub
echo "with key: $code $(tr '\\n' ' ' </tmp/err)"
settled
echo "login: $(client kugetsu@127.0.0.1 id -un)"
echo "offered: $(offered kugetsu) $(offered root)"
echo "rule: $(stat -c '%a' /etc/sudoers.d/kugetsu-kugetsu) $(cat /etc/sudoers.d/kugetsu-kugetsu)"
echo "modes: $(stat -c '%a %U' /home/kugetsu/.ssh /home/kugetsu/.ssh/authorized_keys | tr '\\n' ' ')"
first=$(state)
setup --key /tmp/key.pub
settled
echo "again: $code $(test "$first" = "$(state)" && echo same) $(grep -c . /home/kugetsu/.ssh/authorized_keys) $(client kugetsu@127.0.0.1 echo in)"
echo "asked: $(grep -v 'is-active\\|^cat' /tmp/asked | tr '\\n' ';')"
`,
  (answer) => {
    expect(answer.get("keyless")).toBe("73 0 silent")
    expect(answer.get("way out")).toContain("kugetsu has no key yet, so passwords stay as they are")
    expect(answer.get("config")).toBe("same")
    expect(answer.get("with key")).toBe("0 ")
    expect(answer.get("login")).toBe("kugetsu")
    expect(answer.get("offered")).toBe("publickey publickey")
    expect(answer.get("rule")).toBe("440 kugetsu ALL=(ALL:ALL) NOPASSWD: ALL")
    expect(answer.get("modes")).toBe("700 kugetsu 600 kugetsu ")
    expect(answer.get("again")).toBe("0 same 1 in")
    expect(answer.get("asked")).toBe("enable --quiet --now ssh.service;enable --quiet ssh.service;reload ssh.service;")
  },
)

scenario(
  "whatever would keep the person out is refused, and sshd's files are then byte for byte as they were",
  `
useradd -m -s /bin/bash ada
cp -a /etc/ssh /tmp/ssh
ssh-keygen -A >/dev/null
refused() {
  name=$1; shift; before=$(cd /etc/ssh && find . -type f | sort | xargs sha256sum | sha256sum)
  setup "$@"
  echo "$name: $code $(test "$before" = "$(cd /etc/ssh && find . -type f | sort | xargs sha256sum | sha256sum)" && echo same) $(grep sshd-setup.sh /tmp/err)"
}
mine=/home/ada/.ssh/authorized_keys
refused private --key /tmp/key ada
setup ada
echo "command=\\"true\\" $(cat /tmp/key.pub)" >$mine
refused forced ada
echo "no key at all" >$mine
refused nonsense ada
cat /tmp/key.pub >$mine
chmod 777 /home/ada; refused writable ada; chmod 755 /home/ada
chown nobody /home/ada; refused owner ada; chown ada /home/ada
chage -E 2020-01-01 ada; refused expired ada; chage -E -1 ada
keep=$(cat /etc/ssh/sshd_config)
with() { printf '%s\\n%s\\n' "$1" "$keep" >/etc/ssh/sshd_config; }
with "AllowUsers grace"; refused allow ada
with "AuthorizedKeysFile /etc/keys/%u"; refused elsewhere ada
with "AuthenticationMethods publickey,password"; refused methods ada
with "NoSuchThing yes"; refused broken ada
printf '%s\\nMatch User ada\\n  PasswordAuthentication yes\\n' "$keep" >/etc/ssh/sshd_config; refused match ada | sed 's/ same / /'
echo "put back: $(test "$(cat /etc/ssh/sshd_config)" = "$(printf '%s\\nMatch User ada\\n  PasswordAuthentication yes\\n' "$keep")" && echo same) $(ls /etc/ssh/sshd_config.d | grep -c kugetsu || true)"
echo "$keep" >/etc/ssh/sshd_config
usermod -s /usr/sbin/nologin ada; refused shell ada
refused root root; refused path ../x
echo "served: $(test -e /tmp/asked && grep -c 'enable\\|reload' /tmp/asked || echo never)"
`,
  (answer) => {
    expect(answer.get("private")).toStartWith("64 same sshd-setup.sh: that is a private key")
    expect(answer.get("forced")).toContain("73 same sshd-setup.sh: ada has no key yet")
    expect(answer.get("nonsense")).toContain("73 same sshd-setup.sh: ada has no key yet")
    expect(answer.get("writable")).toContain("73 same sshd-setup.sh: others may write to /home/ada")
    expect(answer.get("owner")).toContain("73 same sshd-setup.sh: /home/ada belongs to somebody else")
    expect(answer.get("expired")).toContain("73 same sshd-setup.sh: the account ada has expired")
    expect(answer.get("allow")).toContain(
      "73 same sshd-setup.sh: allowusers in the configuration of sshd keeps ada out",
    )
    expect(answer.get("elsewhere")).toContain("73 same sshd-setup.sh: sshd looks for keys elsewhere: /etc/keys/%u")
    expect(answer.get("methods")).toContain("73 same sshd-setup.sh: sshd wants more than a key")
    expect(answer.get("broken")).toContain("1 same sshd-setup.sh: sshd does not accept its present configuration")
    expect(answer.get("match")).toContain("1 sshd-setup.sh: passwordauthentication is still yes for ada")
    expect(answer.get("put back")).toBe("same 0")
    expect(answer.get("shell")).toContain("73 same sshd-setup.sh: ada has no shell")
    expect(answer.get("root")).toStartWith("64 same")
    expect(answer.get("path")).toStartWith("64 same")
    expect(answer.get("served")).toBe("never")
  },
)

scenario(
  "a configuration that includes nothing, or turns passwords on first, is led by ours and kept beside it",
  `
ssh-keygen -A >/dev/null
printf 'PasswordAuthentication yes\\nSubsystem sftp internal-sftp\\n' >/etc/ssh/sshd_config
setup --key /tmp/key.pub grace
echo "code: $code $(cat /tmp/err)"
echo "first: $(head -n 1 /etc/ssh/sshd_config)"
echo "kept: $(head -n 1 /etc/ssh/sshd_config.kugetsu-*)"
settled
echo "offered: $(offered grace)"
echo "login: $(client grace@127.0.0.1 id -un)"
`,
  (answer) => {
    expect(answer.get("code")).toBe("0 ")
    expect(answer.get("first")).toBe("Include /etc/ssh/sshd_config.d/*.conf")
    expect(answer.get("kept")).toBe("PasswordAuthentication yes")
    expect(answer.get("offered")).toBe("publickey")
    expect(answer.get("login")).toBe("grace")
  },
)

test("--help, and who is not root, change nothing", () => {
  const run = (...words: ReadonlyArray<string>) =>
    Bun.spawnSync(["sh", "-s", "--", ...words], { stdin: Buffer.from(script) })
  expect(run("--help").stdout.toString()).toContain("[--key FILE] [user]")
  expect(run("a", "b").exitCode).toBe(64)
})
