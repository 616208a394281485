import { dlopen, FFIType, read } from "bun:ffi"
import { constants } from "node:os"

const { i32, u64 } = FFIType

const LOCK_SH = 1
const LOCK_EX = 2
const LOCK_NB = 4
const PR_SET_CHILD_SUBREAPER = 36
const WNOHANG = 1

const open = () => {
  const isMac = process.platform === "darwin"
  const name = isMac ? "libSystem.B.dylib" : "libc.so.6"
  const errno = { args: [], returns: FFIType.ptr } as const
  return {
    ...dlopen(name, {
      flock: { args: [i32, i32], returns: i32 },
      waitpid: { args: [i32, FFIType.ptr, i32], returns: i32 },
    }).symbols,
    /** Where the number of this thread's last error is. */
    errno: isMac
      ? dlopen(name, { __error: errno }).symbols.__error
      : dlopen(name, { __errno_location: errno }).symbols.__errno_location,
  }
}

let library: ReturnType<typeof open> | undefined
const libc = () => (library ??= open())

/** `shared`: any number of holders, but none that is exclusive. */
export type LockMode = "exclusive" | "shared"

/**
 * flock(2), never waiting. False when another open file description holds it in a way that excludes this; throws when
 * the system refuses for another reason, such as a file system that does not lock.
 */
export const tryFlock = (descriptor: number, mode: LockMode = "exclusive"): boolean => {
  const { errno, flock } = libc()
  if (flock(descriptor, (mode === "shared" ? LOCK_SH : LOCK_EX) | LOCK_NB) === 0) return true
  const address = errno()
  const number = address === null ? null : read.i32(address, 0)
  if (number === constants.errno.EWOULDBLOCK || number === constants.errno.EAGAIN) return false
  throw new Error(`its file system does not lock it (${nameOf(number)})`)
}

const nameOf = (errno: number | null): string =>
  Object.entries(constants.errno).find(([, number]) => number === errno)?.[0] ?? `error ${errno}`

/** Orphaned descendants become children of this process (Linux; elsewhere they are found by their token alone). */
export const becomeSubreaper = (): boolean =>
  process.platform === "linux" &&
  dlopen("libc.so.6", { prctl: { args: [i32, u64, u64, u64, u64], returns: i32 } }).symbols.prctl(
    PR_SET_CHILD_SUBREAPER,
    1n,
    0n,
    0n,
    0n,
  ) === 0

/** Reaps one adopted child if it has ended. Never call it with a pid that the runtime itself waits for. */
export const reap = (pid: number): boolean => libc().waitpid(pid, null, WNOHANG) === pid
