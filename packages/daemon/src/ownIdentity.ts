import { identityOf } from "@kugetsu/core/system/ProcessTable"

/** Of this process. */
export const ownIdentity = () => {
  const identity = identityOf(process.pid)
  if (identity === null) throw new Error("a running process has an identity")
  return identity
}
