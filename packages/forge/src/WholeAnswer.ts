import { badAnswer, failureOf } from "./TransportFailure.ts"

const maxBytes = 32 * 1024 * 1024

export interface Expected {
  /** Milliseconds since the epoch. */
  readonly now: () => number
  /** The statuses that mean that it was done. */
  readonly statuses?: ReadonlyArray<number>
}

/** Refuses what is not whole, not successful or not JSON; hands the text on as it came. */
export const wholeAnswer = async (response: Response, { now, statuses = [200] }: Expected): Promise<Response> => {
  if (response.status >= 400) {
    // the status says what matters; its text is only for people
    const body = await wholeText(response).catch(() => "")
    throw failureOf({ status: response.status, headers: response.headers, body, now: now() })
  }
  if (!statuses.includes(response.status))
    throw badAnswer(`HTTP ${response.status} where ${statuses.join(" or ")} was expected`)
  const text = await wholeText(response)
  const type = (response.headers.get("content-type") ?? "").split(";")[0]!.trim().toLowerCase()
  if (!/^application\/([\w.+-]+\+)?json$/.test(type)) throw badAnswer(`its answer is ${type || "of no type"}, not JSON`)
  try {
    JSON.parse(text)
  } catch {
    throw badAnswer(text.trim() === "" ? "its answer is empty" : "its answer is not valid JSON")
  }
  const headers = new Headers(response.headers)
  headers.delete("content-length")
  headers.delete("content-encoding")
  return new Response(text, { status: response.status, headers })
}

const wholeText = async (response: Response): Promise<string> => {
  const chunks: Array<Uint8Array> = []
  let size = 0
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength
    if (size > maxBytes) throw badAnswer(`its answer is larger than ${maxBytes / 1024 / 1024} MB`)
    chunks.push(chunk)
  }
  const declared = response.headers.get("content-length")
  if (declared !== null && !response.headers.has("content-encoding") && Number(declared) !== size)
    throw badAnswer(`its answer has ${size} bytes instead of ${declared}`)
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(chunks))
  } catch {
    throw badAnswer("its answer is not UTF-8 text")
  }
}
