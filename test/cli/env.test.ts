import { expect } from "bun:test"
import { Effect } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { effectTest } from "../kit/effectTest.ts"
import { freshPerson } from "../kit/kugetsu.ts"
import { kugetsuCommand } from "../kit/kugetsuCommand.ts"

effectTest("a value is kept whole, masked where people look, and printed only by get", () =>
  Effect.gen(function* () {
    const { kugetsu } = yield* freshPerson
    yield* kugetsu(["env", "set", "GITHUB_TOKEN", "-"], { stdin: "ghp_ 'quoted' $HOME\n" })
    yield* kugetsu(["env", "set", "DATABASE_URL", "postgres://ann:hunter2@h/d"])
    yield* kugetsu(["env", "set", "EMPTY", ""])
    expect((yield* kugetsu(["env", "get", "GITHUB_TOKEN"])).stdout).toBe("ghp_ 'quoted' $HOME\n")
    expect((yield* kugetsu(["env", "show"])).stdout).toBe("GITHUB_TOKEN=***\nDATABASE_URL=***\nEMPTY=\n")
    expect(JSON.parse((yield* kugetsu(["env", "show", "--json"])).stdout)).toEqual({
      GITHUB_TOKEN: "***",
      DATABASE_URL: "***",
      EMPTY: "",
    })
  }),
)

effectTest("an agent has variables of its own", () =>
  Effect.gen(function* () {
    const { kugetsu } = yield* freshPerson
    yield* kugetsu(["env", "set", "A", "1"])
    yield* kugetsu(["env", "set", "A", "2", "dev"])
    expect((yield* kugetsu(["env", "get", "A", "dev"])).stdout).toBe("2\n")
    expect(JSON.parse((yield* kugetsu(["env", "list", "--json"])).stdout)).toEqual([
      { agent: "default", variables: ["A"] },
      { agent: "dev", variables: ["A"] },
    ])
    expect((yield* kugetsu(["env", "rm", "A", "dev"])).code).toBe(0)
    expect((yield* kugetsu(["env", "rm", "A", "dev"])).code).toBe(1)
    expect((yield* kugetsu(["env", "get", "A"])).stdout).toBe("1\n")
  }),
)

effectTest("only the owner can read what was set, whatever the umask and the home's name", () =>
  Effect.gen(function* () {
    const { kugetsu, home } = yield* freshPerson
    const script = `umask 022; exec "$0" "$@"`
    for (const name of ["-dash home", "spaces and 月掴"]) {
      const child = Bun.spawn(["bash", "-c", script, ...kugetsuCommand, "env", "set", "API_KEY", "x"], {
        cwd: home,
        env: { PATH: process.env.PATH, HOME: home, KUGETSU_DIR: name },
        stdio: ["ignore", "ignore", "inherit"],
      })
      expect(yield* Effect.promise(() => child.exited)).toBe(0)
      const root = path.join(home, name)
      const modes = [
        root,
        ...fs.readdirSync(root, { recursive: true, encoding: "utf8" }).map((file) => path.join(root, file)),
      ].map((file) => {
        const stat = fs.statSync(file)
        return `${stat.isDirectory() ? "directory" : "file"} ${(stat.mode & 0o777).toString(8)}`
      })
      expect([...new Set(modes)].sort()).toEqual(["directory 700", "file 600"])
      const { stdout } = yield* kugetsu(["env", "get", "API_KEY"], { env: { KUGETSU_DIR: name } })
      expect(stdout).toBe("x\n")
    }
  }),
)

effectTest("a name that is none, or that no agent has, is wrong usage, and writes nothing", () =>
  Effect.gen(function* () {
    const { kugetsu, kugetsuHome } = yield* freshPerson
    expect((yield* kugetsu(["env", "set", "A B", "1"])).code).toBe(64)
    for (const words of ["set A 1", "get A", "show", "rm A"]) {
      const { code, stderr } = yield* kugetsu(["env", ...words.split(" "), "develop"])
      expect([code, ...["develop", "default", "dev", "pm-agent"].filter((name) => !stderr.includes(name))]).toEqual([
        64,
      ])
    }
    expect(fs.existsSync(kugetsuHome)).toBe(false)
  }),
)

effectTest("a value that begins with a dash goes after two dashes", () =>
  Effect.gen(function* () {
    const { kugetsu } = yield* freshPerson
    expect((yield* kugetsu(["env", "set", "FLAGS", "--", "--max-old-space-size=1"])).code).toBe(0)
    expect((yield* kugetsu(["env", "get", "FLAGS"])).stdout).toBe("--max-old-space-size=1\n")
  }),
)

/** What the terminal shows, and what is stored, when the question is answered with these keys. */
const typed = (keys: string) =>
  Effect.gen(function* () {
    const { kugetsu, onTerminal } = yield* freshPerson
    let asked = false
    const { code, screen } = yield* onTerminal(["env", "set", "GITHUB_TOKEN", "-"], {
      script: '"$0" "$@"; code=$?; stty -a; exit $code',
      watch: (screen, type) => {
        if (asked || !screen.includes("GITHUB_TOKEN (it is not shown")) return
        asked = true
        type(keys)
      },
    })
    const { stdout } = yield* kugetsu(["env", "get", "GITHUB_TOKEN"])
    // afterwards the terminal is as it was
    expect(screen).toMatch(/ icanon .* echo /s)
    return { code, screen, stored: stdout }
  })

effectTest("on a terminal the value is asked for, and nothing of it is shown", () =>
  Effect.gen(function* () {
    const { code, screen, stored } = yield* typed("hunter2\r")
    expect([code, stored]).toEqual([0, "hunter2\n"])
    expect(screen).not.toMatch(/hunter|\*/)
  }),
)

effectTest("what was mistyped can be taken back, and keys that mean nothing leave nothing", () =>
  Effect.gen(function* () {
    expect((yield* typed("wrong\u0015húx\u007f\u007funter\u001b[A\u001bb2é\u007f\r")).stored).toBe("hunter2\n")
  }),
)

effectTest("a paste of several lines is one value", () =>
  Effect.gen(function* () {
    const { code, screen, stored } = yield* typed("\u001b[200~-----BEGIN-----\rline 2\r-----END-----\r\u001b[201~\r")
    expect([code, stored]).toEqual([0, "-----BEGIN-----\nline 2\n-----END-----\n"])
    expect(screen).not.toContain("line 2")
  }),
)

effectTest("Ctrl-C and an empty line at the question set nothing", () =>
  Effect.gen(function* () {
    expect(yield* typed("half\u0003")).toMatchObject({ code: 130, stored: "" })
    expect(yield* typed("\r")).toMatchObject({ code: 64, stored: "" })
  }),
)
