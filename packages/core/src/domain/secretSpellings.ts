/** In characters. What is shorter stands in too many words to be known as a value. */
const shortestValue = 6
/** A line of a value that has several; and a spelling that other characters stand around. */
const shortestLine = 16
const shortestEncoded = 8

/** A value as it is, and each longer line of it where it has several. */
export const plainSpellings = (value: string): ReadonlyArray<string> => {
  const whole = value.replace(/\r\n?/g, "\n").trim()
  const lines = whole.includes("\n") ? whole.split("\n").map((line) => line.trim()) : []
  return [whole, ...lines.filter((line) => line.length >= shortestLine)].filter((text) => text.length >= shortestValue)
}

/** As it is written in addresses, in JSON (once and twice), and in Base64, wherever in the encoded text it began. */
export const encodedSpellings = (plain: string): ReadonlyArray<string> => {
  const text = plain.toWellFormed()
  const inJson = JSON.stringify(text).slice(1, -1)
  const inAddress = encodeURIComponent(text)
  const base64 = [0, 1, 2].map((offset) => base64From(text, offset))
  return [
    inJson,
    JSON.stringify(inJson).slice(1, -1),
    inAddress,
    inAddress.replaceAll("%20", "+"),
    ...[...base64, ...base64.map((it) => it.replaceAll("+", "-").replaceAll("/", "_"))].filter(
      (it) => it.length >= shortestEncoded,
    ),
  ].filter((it) => it !== plain)
}

/** The characters that the value alone decides, after so many bytes of something else. */
const base64From = (text: string, offset: number): string => {
  const bytes = Buffer.from("\0".repeat(offset) + text)
  return bytes.toString("base64").slice(Math.ceil((offset * 8) / 6), Math.floor((bytes.length * 8) / 6))
}
