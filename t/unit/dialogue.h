// SPDX-License-Identifier: ISC
//
// t/unit/dialogue.h - what client and server say to each other, as the text of a test.

#pragma once

#include <string_view>

#include "session_driver.h"

namespace postern::test {

// Plays a dialogue with a session and checks that it goes as it is written:
//
//   C: MAIL FROM:<alice@example.org>     the client sends this and CRLF
//   E: mail <alice@example.org>          an event, as SessionDriver writes it down
//   A: 550 5.7.1 No                      what it is answered with; without this line: success
//   S: 550 5.7.1                         the client gets a line that begins so
//   M: Subject: x                        a line of the message that is complete
//   R: 552 5.3.4 Too big                 the text that comes now is refused, with this reply
//   T: up                                the TLS handshake is done
//
// In a line of the client's \r, \n and \xNN are the octets, and \ at the end leaves the CRLF out.
// Blanks in front of a line do not count.
//
// The dialogue is played with a client that waits for each reply, and with one that sends
// everything up to a handshake at once, cut in two at every octet and octet by octet, answers
// coming at once and late.  It must always go the same way (law 6 of the engine).
void check_dialogue(const Scene& scene, std::string_view script);  // EHLO has been said
void check_dialogue(std::string_view script);                      // the same in the usual scene

// The same from the greeting on, which is not part of the script.
void check_dialogue_from_start(const Scene& scene, std::string_view script);
void check_dialogue_from_start(std::string_view script);

}  // namespace postern::test
