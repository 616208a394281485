/** Root may remove anything: for that moment this process is somebody else. */
export const asNobody = <A>(body: () => A): A => {
  const [uid, nobody] = [process.geteuid!(), 65_534]
  if (uid === 0) process.seteuid!(nobody)
  try {
    return body()
  } finally {
    if (uid === 0) process.seteuid!(uid)
  }
}
