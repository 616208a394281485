import { dlopen, FFIType, ptr } from "bun:ffi"

const { i32, i64, u32, u64 } = FFIType

const AF_UNIX = 1
const SOCK_DGRAM = 2
const SOCK_CLOEXEC = 0o2000000
const MSG_NOSIGNAL = 0x4000
/** Of sun_path, with the zero at its end. */
const PATH_BYTES = 108

const open = (library: string) =>
  dlopen(library, {
    socket: { args: [i32, i32, i32], returns: i32 },
    sendto: { args: [i32, FFIType.ptr, u64, i32, FFIType.ptr, u32], returns: i64 },
    close: { args: [i32], returns: i32 },
  }).symbols

const opened = new Map<string, ReturnType<typeof open> | null>()

/** null: it cannot be loaded here, now or later. */
const symbolsOf = (library: string) => {
  const known = opened.get(library)
  if (known !== undefined) return known
  const symbols = (() => {
    try {
      return open(library)
    } catch {
      return null
    }
  })()
  opened.set(library, symbols)
  return symbols
}

/**
 * Sends one message to a datagram socket of this machine, which Bun cannot: an absolute path, or `@name` for one without
 * a file. False when it did not go out, as where the C library cannot be loaded. Linux only.
 */
export const sendDatagram = (socket: string, message: string, library = "libc.so.6"): boolean => {
  const name = Buffer.from(socket)
  const abstract = socket.startsWith("@")
  if ((!abstract && !socket.startsWith("/")) || name.length >= PATH_BYTES || process.platform !== "linux") return false
  const symbols = symbolsOf(library)
  if (symbols === null) return false
  const address = Buffer.alloc(2 + PATH_BYTES)
  new Uint16Array(address.buffer, address.byteOffset, 1)[0] = AF_UNIX
  name.copy(address, 2)
  if (abstract) address[2] = 0
  const descriptor = symbols.socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)
  if (descriptor < 0) return false
  const bytes = Buffer.from(message)
  const length = 2 + name.length + (abstract ? 0 : 1)
  const sent = symbols.sendto(descriptor, ptr(bytes), BigInt(bytes.length), MSG_NOSIGNAL, ptr(address), length)
  symbols.close(descriptor)
  return Number(sent) === bytes.length
}
