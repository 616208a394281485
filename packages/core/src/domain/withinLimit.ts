import type { Notification } from "./Notification.ts"

/** News that later ones make old. */
const STEPS: ReadonlySet<string> = new Set(["task_queued", "task_dequeued", "task_started"])

/** Of those that nobody has read the lower rank goes first, and of one rank the oldest. */
export const rankOfType = (type: string): number => {
  if (STEPS.has(type)) return 1
  return type === "task_completed" ? 2 : 3
}

const rankOf = ({ read, type }: Notification): number => (read ? 0 : rankOfType(type))

/** Of `rankOf`: from here on nothing unread goes without being counted. */
const COUNTED = 2

const isCount = ({ dropped, read }: Notification): boolean => dropped !== undefined && !read

/**
 * At most `limit` notifications, oldest first as they come in: of the rest those that were read go first, then the steps
 * of a task, then good ends, and each time the oldest. When at last unread news has to go, an entry in front tells how
 * much of what.
 */
export const withinLimit = (
  all: ReadonlyArray<Notification>,
  limit: number,
  now: string,
): ReadonlyArray<Notification> => {
  if (all.length <= limit) return all
  const count = all.find(isCount)
  const others = all.filter((one) => one !== count)
  const parted = part(others, others.length - limit + (count === undefined ? 0 : 1))
  if (count === undefined && parted.lost.length === 0) return parted.kept
  const { kept, lost } = count === undefined ? part(others, others.length - limit + 1) : parted
  if (count !== undefined && lost.length === 0) return [count, ...kept]
  const dropped = { ...count?.dropped }
  for (const { type } of lost) dropped[type] = (dropped[type] ?? 0) + 1
  return [
    {
      id: count?.id ?? `${now}.notifications_dropped`,
      timestamp: now,
      type: "notifications_dropped",
      message: `unread notifications had to make room: ${worded(dropped)}`,
      issue_ref: null,
      url: null,
      read: false,
      dropped,
    },
    ...kept,
  ]
}

/** Without so many of them; `lost` is what must be told of these. */
const part = (all: ReadonlyArray<Notification>, excess: number) => {
  // sorting is stable: the oldest of each rank go first
  const going = new Set([...all].sort((a, b) => rankOf(a) - rankOf(b)).slice(0, excess))
  return { kept: all.filter((one) => !going.has(one)), lost: [...going].filter((one) => rankOf(one) >= COUNTED) }
}

const worded = (dropped: Readonly<Record<string, number>>): string =>
  Object.entries(dropped)
    .map(([type, number]) => `${number} ${type}`)
    .join(", ")
