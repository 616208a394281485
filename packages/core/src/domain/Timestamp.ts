import { DateTime } from "effect"

/** ISO 8601 with milliseconds and the local offset, the form of every time in a record. */
export const timestamp = (at: DateTime.DateTime): string =>
  DateTime.formatIsoOffset(DateTime.setZone(at, DateTime.zoneMakeLocal()))
