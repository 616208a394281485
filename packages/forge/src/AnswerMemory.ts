/** In characters. A longer answer is not kept. */
const longest = 1024 * 1024
const most = 200

export interface KeptAnswer {
  readonly etag: string
  readonly text: string
  readonly headers: Headers
}

export const answerFrom = ({ text, headers }: KeptAnswer): Response => new Response(text, { status: 200, headers })

/**
 * Answers of this process, by address, for questions of the form "has it changed since?". One is only ever given out
 * when the forge has just said, to a new request, that it has not.
 */
export class AnswerMemory {
  readonly #kept = new Map<string, KeptAnswer>()

  find(url: string): KeptAnswer | null {
    return this.#kept.get(url) ?? null
  }

  async keep(url: string, answer: Response): Promise<void> {
    const etag = answer.headers.get("etag")
    this.#kept.delete(url)
    if (etag === null) return
    const text = await answer.clone().text()
    if (text.length > longest) return
    this.#kept.set(url, { etag, text, headers: answer.headers })
    const [oldest] = this.#kept.keys()
    if (this.#kept.size > most && oldest !== undefined) this.#kept.delete(oldest)
  }
}
