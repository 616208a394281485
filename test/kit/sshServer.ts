import { Effect } from "effect"
import * as fs from "node:fs"
import * as net from "node:net"
import * as path from "node:path"

/** null: there is none on this machine (`apt-get install openssh-server`), and what needs it is skipped. */
export const sshd =
  ["/usr/sbin/sshd", "/usr/local/sbin/sshd", "/opt/homebrew/sbin/sshd"].find((file) => fs.existsSync(file)) ?? null

export interface SshServer {
  /** `ssh://user@127.0.0.1:PORT`, to be followed by an absolute path. */
  readonly url: string
  /** For GIT_SSH_COMMAND: a client with a key of its own that has met no server yet. */
  readonly command: string
  /** The same client without the key, which an agent may have. */
  readonly keylessCommand: string
  readonly knownHosts: string
}

/** A real sshd on loopback that lets one fresh key in as this user. Everything of it is below `dir`. */
export const sshServer = (dir: string) =>
  Effect.map(
    Effect.acquireRelease(
      Effect.promise(() => start(dir)),
      ({ child }) =>
        Effect.promise(async () => {
          child.kill()
          await child.exited
        }),
    ),
    ({ server }): SshServer => server,
  )

const start = async (dir: string) => {
  if (sshd === null) throw new Error("there is no sshd")
  fs.mkdirSync(dir, { mode: 0o700, recursive: true })
  // where it drops its privileges; a machine that never ran sshd as a service has none
  if (process.getuid?.() === 0) fs.mkdirSync("/run/sshd", { recursive: true, mode: 0o755 })
  const at = (name: string) => path.join(dir, name)
  for (const key of ["host_key", "client_key"]) {
    Bun.spawnSync(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", at(key)])
  }
  fs.copyFileSync(at("client_key.pub"), at("authorized_keys"))
  const port = await freePort()
  const quoted = (name: string) => `"${at(name)}"`
  fs.writeFileSync(
    at("sshd_config"),
    [
      `Port ${port}`,
      "ListenAddress 127.0.0.1",
      `HostKey ${quoted("host_key")}`,
      `AuthorizedKeysFile ${quoted("authorized_keys")}`,
      "PidFile none",
      "StrictModes no",
      "UsePAM no",
      "PasswordAuthentication no",
      "PermitRootLogin prohibit-password",
      "",
    ].join("\n"),
  )
  const knownHosts = `UserKnownHostsFile ${quoted("known_hosts")}\n`
  fs.writeFileSync(at("client_config"), `IdentityFile ${quoted("client_key")}\nIdentitiesOnly yes\n${knownHosts}`)
  fs.writeFileSync(at("keyless_config"), `IdentityFile none\n${knownHosts}`)
  const child = Bun.spawn([sshd, "-D", "-e", "-f", at("sshd_config")], {
    stdin: "ignore",
    stdout: "ignore",
    stderr: "pipe",
  })
  await listening(child.stderr)
  return {
    child,
    server: {
      url: `ssh://${Bun.spawnSync(["id", "-un"]).stdout.toString().trim()}@127.0.0.1:${port}`,
      command: `ssh -F '${at("client_config")}'`,
      keylessCommand: `ssh -F '${at("keyless_config")}'`,
      knownHosts: at("known_hosts"),
    },
  }
}

/** An ssh-agent that holds the key of the client of a server below `dir`; gives SSH_AUTH_SOCK. */
export const sshAgent = (dir: string) =>
  Effect.map(
    Effect.acquireRelease(
      Effect.sync(() => {
        const socket = path.join(dir, "agent")
        const child = Bun.spawn(["ssh-agent", "-D", "-a", socket], { stdin: "ignore", stdout: "ignore" })
        return { child, socket }
      }),
      ({ child }) =>
        Effect.promise(async () => {
          child.kill()
          await child.exited
        }),
    ).pipe(
      Effect.tap(({ socket }) =>
        Effect.promise(async () => {
          while (!fs.existsSync(socket)) await Bun.sleep(10)
          const env = { PATH: process.env.PATH, SSH_AUTH_SOCK: socket }
          const { exitCode, stderr } = Bun.spawnSync(["ssh-add", "-q", path.join(dir, "client_key")], { env })
          if (exitCode !== 0) throw new Error(`ssh-add: ${stderr.toString()}`)
        }),
      ),
    ),
    ({ socket }) => socket,
  )

/** sshd says so on standard error; what it says later is read and dropped. */
const listening = (stderr: ReadableStream<Uint8Array>): Promise<void> =>
  new Promise((resolve, reject) => {
    let said = ""
    void (async () => {
      for await (const chunk of stderr) {
        said += new TextDecoder().decode(chunk)
        if (said.includes("Server listening")) resolve()
      }
      reject(new Error(`sshd ended: ${said}`))
    })()
  })

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const probe = net.createServer()
    probe.listen(0, "127.0.0.1", () => {
      const { port } = probe.address() as net.AddressInfo
      probe.close(() => resolve(port))
    })
  })
