/** The beginning of a text that has at most so many bytes in UTF-8, no character cut, and how many bytes are left out. */
export const withinBytes = (text: string, most: number): { readonly text: string; readonly leftOut: number } => {
  const bytes = Buffer.from(text)
  if (bytes.length <= most) return { text, leftOut: 0 }
  let end = most
  while (end > 0 && (bytes[end]! & 0xc0) === 0x80) end--
  return { text: bytes.toString("utf8", 0, end), leftOut: bytes.length - end }
}
