import * as fs from "node:fs"
import type { ProcessSource, ProcessState } from "./ProcessSource.ts"

/** Clock ticks a second, as Linux reports them to user space on every architecture kugetsu runs on. */
const TICKS_PER_SECOND = 100

const readOrNull = (file: string): string | null => {
  try {
    return fs.readFileSync(file, "latin1")
  } catch {
    return null // the process has gone, or is not ours to look at
  }
}

/** proc_pid_stat(5). The command name may hold blanks and parentheses: fields count from the last `)`. */
const stateOf = (pid: number): ProcessState | null => {
  const text = readOrNull(`/proc/${pid}/stat`)
  if (text === null) return null
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ")
  const milliseconds = (first: number) =>
    ((Number(fields[first]) + Number(fields[first + 1])) * 1000) / TICKS_PER_SECOND
  const state = fields[0] ?? "X"
  return {
    pid,
    parent: Number(fields[1]),
    isRunning: state !== "Z" && state !== "X",
    start: fields[19] ?? "",
    cpuMs: milliseconds(11),
    reapedMs: milliseconds(13),
  }
}

const allPids = (): ReadonlyArray<number> =>
  fs
    .readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)

const childrenOf = (pid: number): ReadonlyArray<number> => {
  const tasks = (() => {
    try {
      return fs.readdirSync(`/proc/${pid}/task`)
    } catch {
      return []
    }
  })()
  return tasks.flatMap((task) =>
    (readOrNull(`/proc/${pid}/task/${task}/children`) ?? "").split(" ").filter(Boolean).map(Number),
  )
}

const below = (root: number): ReadonlyArray<number> => {
  const found: Array<number> = []
  const open = [root]
  for (let pid = open.pop(); pid !== undefined; pid = open.pop()) {
    const children = childrenOf(pid)
    open.push(...children)
    found.push(...children)
  }
  return found
}

const environmentOf = (pid: number): string => readOrNull(`/proc/${pid}/environ`) ?? ""

let boot: string | undefined

/** Linux: all that is asked is in /proc. */
export const procFiles: ProcessSource = {
  boot: () => (boot ??= fs.readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim()),
  statesOf: (pids) => pids.map(stateOf).filter((state) => state !== null),
  childrenOf,
  below,
  carriersOf: (name, value) => {
    const entry = `\0${name}=${value}\0`
    return allPids().filter((pid) => `\0${environmentOf(pid)}`.includes(entry))
  },
  variableOf: (pid, name) =>
    environmentOf(pid)
      .split("\0")
      .find((entry) => entry.startsWith(`${name}=`))
      ?.slice(name.length + 1) ?? null,
}

/** The control group of a process, by which systemd knows it; null: it has gone, or there are no such groups. */
export const cgroupOf = (pid: number): string | null => cgroupIn(readOrNull(`/proc/${pid}/cgroup`) ?? "")

/**
 * As the unified hierarchy names it, or, where systemd does not use that (control groups of the first version), as
 * systemd's own does.
 */
export const cgroupIn = (text: string): string | null => {
  const unified = /^0::(.*)$/m.exec(text)?.[1]
  if (unified !== undefined && unified !== "/") return unified
  return /^\d+:name=systemd:(.*)$/m.exec(text)?.[1] ?? unified ?? null
}

/** Makes the kernel choose this process, and what it starts, before others when memory runs out. */
export const offerToOomKiller = (pid: number): void => {
  try {
    fs.writeFileSync(`/proc/${pid}/oom_score_adj`, "500")
  } catch {
    // gone already, not permitted, or no Linux: a wish, not a guard
  }
}
