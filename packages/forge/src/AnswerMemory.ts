/** In characters. A longer answer is not kept. */
const longest = 1024 * 1024
/** In characters, of all answers together. */
const largest = 16 * longest
const most = 200

export interface KeptAnswer {
  readonly etag: string
  readonly text: string
  readonly headers: Headers
}

export const answerFrom = ({ text, headers }: KeptAnswer): Response => new Response(text, { status: 200, headers })

/**
 * Answers of this process, by address, for questions of the form "has it changed since?". One is only ever given out
 * when the forge has just said, to a new request, that it has not. The oldest go when there are too many, or too long
 * ones.
 */
export class AnswerMemory {
  readonly #kept = new Map<string, KeptAnswer>()
  #size = 0

  find(url: string): KeptAnswer | null {
    return this.#kept.get(url) ?? null
  }

  async keep(url: string, answer: Response): Promise<void> {
    const etag = answer.headers.get("etag")
    const text = etag === null ? "" : await answer.clone().text()
    this.#forget(url)
    if (etag === null || text.length > longest) return
    this.#kept.set(url, { etag, text, headers: answer.headers })
    this.#size += text.length
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= most && this.#size <= largest) break
      this.#forget(oldest)
    }
  }

  #forget(url: string): void {
    this.#size -= this.#kept.get(url)?.text.length ?? 0
    this.#kept.delete(url)
  }
}
