import type { ProcessSource, ProcessState } from "./ProcessSource.ts"

/** What a program says, at once: who asks whether a process lives cannot wait. Nothing when it says nothing. */
const said = (program: string, ...args: ReadonlyArray<string>): string => {
  // one language and one time zone: what is said of a process stays the same for ever
  const env = { PATH: "/usr/bin:/bin:/usr/sbin:/sbin", LC_ALL: "C", TZ: "UTC" }
  return Bun.spawnSync([program, ...args], { env, stdin: "ignore", stderr: "ignore" }).stdout.toString()
}

/** `[[days-]hours:]minutes:seconds[.hundredths]` */
const millisecondsOf = (time: string): number => {
  const [clock = "", days = "0"] = time.split("-").reverse()
  const seconds = clock.split(":").reduce((sum, part) => sum * 60 + Number(part), 0)
  return (Number(days) * 86_400 + seconds) * 1000
}

const parse = (line: string): ReadonlyArray<ProcessState> => {
  const [, pid, parent, state = "", time = "", start = ""] =
    /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(\S+)\s+(.+?)\s*$/.exec(line) ?? []
  if (pid === undefined) return []
  return [
    {
      pid: Number(pid),
      parent: Number(parent),
      isRunning: !state.startsWith("Z"),
      start: start.replaceAll(/\s+/g, " "),
      cpuMs: millisecondsOf(time),
      reapedMs: 0,
    },
  ]
}

const table = (...which: ReadonlyArray<string>): ReadonlyArray<ProcessState> =>
  said("ps", ...which, "-o", "pid=,ppid=,state=,time=,lstart=")
    .split("\n")
    .flatMap(parse)

/** Lines of pid, words and environment, with blanks between all of them. */
const environments = (): ReadonlyArray<readonly [pid: number, words: string]> => {
  const shown = process.platform === "darwin" ? ["-A", "-E", "-ww"] : ["axeww"]
  return said("ps", ...shown, "-o", "pid=,command=")
    .split("\n")
    .flatMap((line) => {
      const [, pid, words = ""] = /^\s*(\d+)\s(.*)$/.exec(line) ?? []
      return pid === undefined ? [] : [[Number(pid), `${words} `] as const]
    })
}

let boot: string | undefined

/** Systems without /proc, such as macOS: what `ps` says. Values with blanks in them are seen to their first one. */
export const psProcesses: ProcessSource = {
  boot: () => (boot ??= said("sysctl", "-n", "kern.bootsessionuuid").trim()),
  statesOf: (pids) => (pids.length === 0 ? [] : table("-p", pids.join(","))),
  childrenOf: (pid) =>
    table("-A")
      .filter(({ parent }) => parent === pid)
      .map((child) => child.pid),
  below: (root) => {
    const all = table("-A")
    const found = new Set([root])
    for (let before = 0; before < found.size;) {
      before = found.size
      for (const { parent, pid } of all) if (found.has(parent)) found.add(pid)
    }
    found.delete(root)
    return [...found]
  },
  carriersOf: (name, value) =>
    environments().flatMap(([pid, words]) => (words.includes(` ${name}=${value} `) ? [pid] : [])),
  variableOf: (pid, name) => {
    const words = environments().find(([one]) => one === pid)?.[1] ?? ""
    const at = words.lastIndexOf(` ${name}=`)
    return at < 0 ? null : (words.slice(at + name.length + 2).split(" ")[0] ?? null)
  },
}
