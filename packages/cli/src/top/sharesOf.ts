/** Divides room among those who want some: nobody gets more than wanted, and what one leaves is for the others. */
export const sharesOf = (room: number, wanted: ReadonlyArray<number>): ReadonlyArray<number> => {
  const shares = wanted.map(() => 0)
  let left = Math.max(0, room)
  while (left > 0) {
    const hungry = wanted.flatMap((want, at) => (want > (shares[at] ?? 0) ? [at] : []))
    if (hungry.length === 0) break
    const each = Math.max(1, Math.floor(left / hungry.length))
    for (const at of hungry) {
      const given = Math.min(each, left, (wanted[at] ?? 0) - (shares[at] ?? 0))
      shares[at] = (shares[at] ?? 0) + given
      left -= given
    }
  }
  return shares
}
