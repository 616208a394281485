import { cpuBelow } from "@kugetsu/core/system/ProcessTable"

/** CPU milliseconds used since the last call by everything below this process. */
export const cpuMeter = () => {
  let last = cpuBelow(process.pid)
  return (): number => {
    const now = cpuBelow(process.pid)
    // less than before: something ended that nobody waited for
    const used = Math.max(0, now - last)
    last = now
    return used
  }
}
