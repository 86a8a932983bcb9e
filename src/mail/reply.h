// SPDX-License-Identifier: ISC
//
// mail/reply.h - every reply a client can see.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace postern::mail {

// One SMTP reply (RFC 5321 4.2) with its enhanced status code (RFC 3463 2, 3), as a value.
struct Reply {
  std::uint16_t code = 0;
  std::string enhanced;  // "5.7.1"; empty where RFC 2034 4 has none: greetings, EHLO, 3yz
  std::string text;      // one line, no line end

  bool is_positive() const { return code < 400; }

  // "550 5.7.1 text\r\n".
  std::string wire() const;
  // The same without the line end, for the log.
  std::string line() const;
};

// The wire form of a reply of several lines without enhanced codes: EHLO's and HELP's.
std::string multiline(std::uint16_t code, const std::vector<std::string>& lines);

// The texts.  Each says what the client, or the person who reads its error, can do about it.
namespace reply {

// Session.
Reply greeting(std::string_view hostname, std::string_view protocol,
               std::string_view session_id);              // 220
Reply closing(std::string_view hostname);                 // 221, to QUIT
Reply too_many_connections(std::string_view hostname);    // 421 4.3.2
Reply shutting_down(std::string_view hostname);           // 421 4.3.2
Reply timed_out(std::string_view hostname);               // 421 4.4.2
Reply not_smtp(std::string_view hostname);                // 421 4.7.0
Reply speaks_tls(std::string_view hostname);              // 421 4.7.0
Reply too_many_errors(std::string_view hostname);         // 421 4.7.0
Reply too_many_idle_commands(std::string_view hostname);  // 421 4.7.0
Reply too_many_messages(std::string_view hostname);       // 421 4.7.0
Reply too_many_from_client(std::string_view hostname);    // 421 4.7.0
Reply client_blocked_at_connect();                        // 554 5.7.1, instead of the greeting
Reply too_early();                       // 554 5.5.0, to who talks before the greeting
Reply hello(std::string_view hostname);  // 250, to HELO
Reply ok();
Reply reset();
Reply vrfy();                        // 252
Reply help(std::string_view verbs);  // 214

// Syntax and order.
Reply unknown_command();
Reply not_implemented(std::string_view verb);
Reply line_too_long();
Reply bare_line_end();  // a command line that does not end in CRLF
Reply syntax(std::string_view usage);
Reply no_arguments(std::string_view verb);
Reply bad_helo();
Reply wrong_greeting(std::string_view expected);  // LHLO in SMTP, EHLO in LMTP
Reply bad_sequence(std::string_view hint);
Reply unknown_parameter(std::string_view parameter);
Reply bad_parameter(std::string_view parameter);
Reply repeated_parameter(std::string_view parameter);
Reply bad_sender(std::string_view why);
Reply bad_recipient(std::string_view why);
Reply smtputf8_needed();  // RFC 6531 3.5
Reply ascii_only();       // the same where SMTPUTF8 is not on offer
Reply requiretls_needs_tls();
Reply held_too_long();  // HOLDFOR or HOLDUNTIL

// STARTTLS (RFC 3207 4) and AUTH (RFC 4954 6).
Reply ready_for_tls();
Reply tls_not_offered();
Reply tls_active();
Reply input_behind(std::string_view verb);  // what must be the last of a group
Reply challenge(std::string_view base64);   // 334
Reply auth_ok();
Reply auth_failed();
Reply auth_cancelled();
Reply auth_malformed();
Reply auth_bad_base64();
Reply auth_unknown_mechanism();
Reply auth_needs_tls();
Reply auth_not_offered();
Reply auth_again();
Reply auth_temporary();
Reply too_many_auth_failures(std::string_view hostname);  // 421 4.7.0

// Transaction.
Reply sender_ok();
Reply sender_ok_without_priority();   // 250 2.3.6
Reply too_many_messages_of_client();  // 450 4.7.1
Reply recipient_ok();
Reply too_many_recipients();
Reply too_many_recipient_domains();
Reply start_text();  // 354
Reply chunk_ok(std::uint64_t octets);
Reply bad_chunk_size();   // closes: where the chunk ends is not known
Reply data_for_binary();  // DATA cannot carry BODY=BINARYMIME
Reply authentication_required();
Reply relay_denied();
Reply client_blocked();
Reply message_too_big(std::uint64_t limit);
Reply header_too_big();
Reply header_line_too_long();
Reply too_many_hops();
Reply nul_in_text();
Reply eight_bit_header();
Reply header_not_utf8();
Reply bare_cr_or_lf_in_header();
Reply bare_cr_or_lf();  // closes: where the text ends is not known
Reply bare_cr_or_lf_in_chunk();
Reply no_space();       // 452 4.3.1
Reply local_failure();  // 451 4.3.0
Reply queued(std::string_view message_id);

}  // namespace reply

}  // namespace postern::mail
