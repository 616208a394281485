import { dlopen, FFIType, ptr } from "bun:ffi"

const { i32, i64, u32, u64 } = FFIType

const AF_UNIX = 1
const SOCK_DGRAM = 2
const SOCK_CLOEXEC = 0o2000000
const MSG_NOSIGNAL = 0x4000
/** Of sun_path, with the zero at its end. */
const PATH_BYTES = 108

const open = () =>
  dlopen("libc.so.6", {
    socket: { args: [i32, i32, i32], returns: i32 },
    sendto: { args: [i32, FFIType.ptr, u64, i32, FFIType.ptr, u32], returns: i64 },
    close: { args: [i32], returns: i32 },
  }).symbols

let library: ReturnType<typeof open> | undefined

/**
 * Sends one message to a datagram socket of this machine, which Bun cannot: an absolute path, or `@name` for one without
 * a file. False when it did not go out. Linux with glibc only.
 */
export const sendDatagram = (socket: string, message: string): boolean => {
  const name = Buffer.from(socket)
  const abstract = socket.startsWith("@")
  if ((!abstract && !socket.startsWith("/")) || name.length >= PATH_BYTES || process.platform !== "linux") return false
  const libc = (library ??= open())
  const address = Buffer.alloc(2 + PATH_BYTES)
  new Uint16Array(address.buffer, address.byteOffset, 1)[0] = AF_UNIX
  name.copy(address, 2)
  if (abstract) address[2] = 0
  const descriptor = libc.socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)
  if (descriptor < 0) return false
  const bytes = Buffer.from(message)
  const length = 2 + name.length + (abstract ? 0 : 1)
  const sent = libc.sendto(descriptor, ptr(bytes), BigInt(bytes.length), MSG_NOSIGNAL, ptr(address), length)
  libc.close(descriptor)
  return Number(sent) === bytes.length
}
