import { dlopen, FFIType } from "bun:ffi"

const { i32, u64 } = FFIType

const LOCK_SH = 1
const LOCK_EX = 2
const LOCK_NB = 4
const PR_SET_CHILD_SUBREAPER = 36
const WNOHANG = 1

const open = () =>
  dlopen(process.platform === "darwin" ? "libSystem.B.dylib" : "libc.so.6", {
    flock: { args: [i32, i32], returns: i32 },
    waitpid: { args: [i32, FFIType.ptr, i32], returns: i32 },
  }).symbols

let library: ReturnType<typeof open> | undefined
const libc = () => (library ??= open())

/** `shared`: any number of holders, but none that is exclusive. */
export type LockMode = "exclusive" | "shared"

/** flock(2), never waiting. False when another open file description holds it in a way that excludes this. */
export const tryFlock = (descriptor: number, mode: LockMode = "exclusive"): boolean =>
  libc().flock(descriptor, (mode === "shared" ? LOCK_SH : LOCK_EX) | LOCK_NB) === 0

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
