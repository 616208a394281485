import { Effect } from "effect"
import * as fs from "node:fs"
import { attempt, type HomeUnusable } from "./Files.ts"

/** Who works in a directory. */
export interface ProcessesInside {
  /** `bash (4711)` */
  readonly inside: ReadonlyArray<string>
  /** Of the same. */
  readonly pids: ReadonlyArray<number>
  /** Processes of this user that do not show what they have open. */
  readonly unreadable: ReadonlyArray<string>
}

/** Every process but this one that has its directory, its program or an open file in a directory. Linux only. */
export const processesInside = (directory: string): Effect.Effect<ProcessesInside, HomeUnusable> =>
  attempt("look for processes in", directory, () => {
    const root = fs.existsSync(directory) ? fs.realpathSync(directory) : directory
    const inside: Array<string> = []
    const pids: Array<number> = []
    const unreadable: Array<string> = []
    for (const pid of fs.readdirSync("/proc")) {
      if (!/^\d+$/.test(pid) || Number(pid) === process.pid) continue
      const places = placesOf(pid)
      if (places === "gone") continue
      if (places === "hidden") {
        if (isOwn(pid)) unreadable.push(nameOf(pid))
      } else if (places.some((place) => place === root || place.startsWith(`${root}/`))) {
        inside.push(nameOf(pid))
        pids.push(Number(pid))
      }
    }
    return { inside, pids, unreadable }
  })

const placesOf = (pid: string): ReadonlyArray<string> | "gone" | "hidden" => {
  try {
    const links = ["cwd", "exe", ...fs.readdirSync(`/proc/${pid}/fd`).map((fd) => `fd/${fd}`)]
    return links.flatMap((link) => linkTarget(`/proc/${pid}/${link}`))
  } catch (cause) {
    return (cause as NodeJS.ErrnoException).code === "EACCES" ? "hidden" : "gone"
  }
}

const linkTarget = (link: string): ReadonlyArray<string> => {
  try {
    return [fs.readlinkSync(link)]
  } catch {
    return [] // closed meanwhile, or a thread of the kernel
  }
}

const isOwn = (pid: string): boolean =>
  Number(/^Uid:\s+(\d+)/m.exec(textOf(`/proc/${pid}/status`))?.[1]) === process.getuid?.()

const nameOf = (pid: string): string => `${textOf(`/proc/${pid}/comm`).trim()} (${pid})`

const textOf = (file: string): string => {
  try {
    return fs.readFileSync(file, "utf8")
  } catch {
    return "" // it ended first
  }
}
