import { expect, test } from "bun:test"
import { sendDatagram } from "@kugetsu/core/system/Datagram"

test("a message does not go out, and ends nothing, where the C library cannot be loaded", () => {
  for (let tries = 0; tries < 2; tries++) {
    expect(sendDatagram("@kugetsu-nobody-listens", "READY=1", "libnone-of-test.so.6")).toBe(false)
  }
})

test("a message to a socket that nobody listens at, or that is none, does not go out", () => {
  const sockets = ["@kugetsu-nobody-listens", "/nobody/listens", "relative", `/${"x".repeat(200)}`]
  expect(sockets.map((socket) => sendDatagram(socket, "READY=1"))).toEqual([false, false, false, false])
})
