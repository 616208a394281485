import { Effect } from "effect"
import * as fs from "node:fs"
import * as net from "node:net"
import * as path from "node:path"
import { temporaryDirectory } from "./temporary.ts"

const root = path.join(import.meta.dirname, "..", "..")

/** What install.sh may find on a small machine; curl and wget are added by who wants them. */
const tools =
  "awk basename cat chmod cp dirname env find getconf grep gzip head id ldd mkdir mktemp mv rm sed sh sha256sum tr uname".split(
    " ",
  )

/** A program that answers install.sh as kugetsu does. */
export const standIn = (version: string, more = "") => `#!/bin/sh
case $1 in
  --version) echo "kugetsu ${version}" ;;
  --completions) echo "completions for $2" ;;
  status) cat "$HOME/status.json" ;;
  *) echo "$*" >>"$HOME/asked" ;;
esac
${more}`

export const sha256 = (bytes: Uint8Array | string) => new Bun.CryptoHasher("sha256").update(bytes).digest("hex")

export interface Asset {
  readonly name: string
  readonly bytes: Uint8Array
}
export const packed = (name: string, program: string): Asset => ({ name, bytes: Bun.gzipSync(Buffer.from(program)) })

/** A release as SHA256SUMS and files below `at`; what is `cut` breaks off in the middle of each file. */
export const releaseServer = (at: string, assets: ReadonlyArray<Asset>, cut = false) =>
  Effect.acquireRelease(
    Effect.promise(async () => {
      const asked: Array<string> = []
      const sums = assets.map(({ bytes, name }) => `${sha256(bytes)}  ${name}\n`).join("")
      const files = new Map(assets.map(({ bytes, name }) => [`${at}/${name}`, bytes]))
      const server = net.createServer((socket) => {
        socket.on("error", () => undefined)
        socket.once("data", (question) => {
          const asset = question.toString().split(" ")[1]!
          asked.push(asset)
          const bytes = asset === `${at}/SHA256SUMS` ? Buffer.from(sums) : files.get(asset)
          const head = (status: string, length: number) =>
            `HTTP/1.1 ${status}\r\nContent-Length: ${length}\r\nConnection: close\r\n\r\n`
          if (bytes === undefined) return void socket.end(head("404 Not Found", 0))
          socket.write(head("200 OK", bytes.length))
          socket.end(cut && files.has(asset) ? bytes.subarray(0, bytes.length / 2) : bytes)
        })
      })
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
      return { asked, server, url: `http://127.0.0.1:${(server.address() as net.AddressInfo).port}` }
    }),
    ({ server }) => Effect.sync(() => void server.close()),
  )

/** A home with nothing in it, on a machine with the few programs named; `programs` are scripts in place of others. */
export const freshMachine = (more: ReadonlyArray<string> = [], programs: Readonly<Record<string, string>> = {}) =>
  Effect.map(temporaryDirectory, (dir) => {
    const bin = path.join(dir, "bin")
    const home = path.join(dir, "a home")
    fs.mkdirSync(bin)
    fs.mkdirSync(home)
    for (const tool of [...tools, ...more]) fs.symlinkSync(Bun.which(tool) ?? `/missing/${tool}`, path.join(bin, tool))
    for (const [name, text] of Object.entries(programs)) {
      fs.rmSync(path.join(bin, name), { force: true })
      fs.writeFileSync(path.join(bin, name), text, { mode: 0o755 })
    }
    const program = path.join(home, ".local", "bin", "kugetsu")

    const script = (shell: string, words: ReadonlyArray<string>, env: Readonly<Record<string, string>> = {}) =>
      Effect.promise(async () => {
        const child = Bun.spawn([Bun.which(shell)!, ...words], {
          cwd: home,
          env: { PATH: bin, HOME: home, ...env },
          stdio: ["ignore", "pipe", "pipe"],
        })
        const [out, err] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()])
        return { code: await child.exited, out, err }
      })

    return {
      dir,
      home,
      program,
      script,
      install: (words: ReadonlyArray<string>, env?: Readonly<Record<string, string>>, shell = "sh") =>
        script(shell, [path.join(root, "install.sh"), ...words], env),
      write: (name: string, content: string | Uint8Array, mode = 0o644) => {
        const file = path.join(home, name)
        fs.mkdirSync(path.dirname(file), { recursive: true })
        fs.writeFileSync(file, content, { mode })
        return file
      },
      /** Every file below the home, by its path from there. */
      files: () =>
        (fs.readdirSync(home, { recursive: true, withFileTypes: true }) as ReadonlyArray<fs.Dirent>)
          .filter((entry) => !entry.isDirectory())
          .map((entry) => path.relative(home, path.join(entry.parentPath, entry.name)))
          .sort(),
    }
  })
