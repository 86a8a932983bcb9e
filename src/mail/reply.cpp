// SPDX-License-Identifier: ISC
//
// mail/reply.cpp - every reply a client can see.

#include "mail/reply.h"

#include "base/text.h"

namespace postern::mail {

std::string Reply::line() const {
  return enhanced.empty() ? cat(code, " ", text) : cat(code, " ", enhanced, " ", text);
}

std::string Reply::wire() const {
  return line() + "\r\n";
}

std::string multiline(std::uint16_t code, const std::vector<std::string>& lines) {
  std::string out;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    out += cat(code, i + 1 < lines.size() ? '-' : ' ', lines[i], "\r\n");
  }
  return out;
}

namespace reply {

namespace {

// RFC 5321 3.8, 4.2.3: a 421 begins with the server's name.
Reply goodbye(std::string_view enhanced, std::string_view hostname, std::string_view why) {
  return {421, std::string(enhanced), cat(hostname, " ", why)};
}

}  // namespace

// RFC 5321 7.5: whom it does not concern is not told our version.
Reply greeting(std::string_view hostname, std::string_view protocol, std::string_view session_id) {
  return {220, "", cat(hostname, " ", protocol, " Postern ", session_id)};
}
Reply closing(std::string_view hostname) {
  return {221, "2.0.0", cat(hostname, " Bye")};
}
Reply too_many_connections(std::string_view hostname) {
  return goodbye("4.3.2", hostname, "Too many connections, try again later");
}
Reply shutting_down(std::string_view hostname) {
  return goodbye("4.3.2", hostname, "Server is restarting, try again in a moment");
}
Reply timed_out(std::string_view hostname) {
  return goodbye("4.4.2", hostname, "Timed out waiting for you");
}
Reply too_many_errors(std::string_view hostname) {
  return goodbye("4.7.0", hostname, "Too many errors, closing");
}
Reply too_many_idle_commands(std::string_view hostname) {
  return goodbye("4.7.0", hostname, "Too many commands without a message, closing");
}
Reply not_smtp(std::string_view hostname) {
  return goodbye("4.7.0", hostname, "This is a mail server, not a web server");
}
Reply speaks_tls(std::string_view hostname) {
  return goodbye("4.7.0", hostname, "You speak TLS, but here one begins in the clear");
}
Reply too_many_messages(std::string_view hostname) {
  return goodbye("4.7.0", hostname, "Too many messages in one session, connect again");
}
Reply too_many_from_client(std::string_view hostname) {
  return goodbye("4.7.0", hostname, "Too many connections from your network, try again later");
}
Reply client_blocked_at_connect() {
  return {554, "5.7.1", "Mail from your address is not accepted here, closing"};
}
Reply too_early() {
  return {554, "5.5.0", "You spoke before the greeting, closing"};
}
Reply hello(std::string_view hostname) {
  return {250, "", std::string(hostname)};
}
Reply ok() {
  return {250, "2.0.0", "OK"};
}
Reply reset() {
  return {250, "2.0.0", "Flushed"};
}
Reply vrfy() {
  return {252, "2.5.0", "Cannot say whether that mailbox exists; send and see"};
}
Reply help(std::string_view verbs) {
  return {214, "2.0.0", std::string(verbs)};
}

Reply unknown_command() {
  return {500, "5.5.1", "Command not recognized"};
}
Reply not_implemented(std::string_view verb) {
  return {502, "5.5.1", cat(verb, " is not implemented")};
}
Reply line_too_long() {
  return {500, "5.5.6", "Line too long"};
}
Reply bare_line_end() {
  return {500, "5.5.2", "Command lines must end in CR LF"};
}
Reply syntax(std::string_view usage) {
  return {501, "5.5.4", cat("Syntax: ", usage)};
}
Reply no_arguments(std::string_view verb) {
  return {501, "5.5.4", cat(verb, " takes no arguments")};
}
Reply bad_helo() {
  return {501, "5.5.4", "Name must be a domain or an address literal"};
}
Reply wrong_greeting(std::string_view expected) {
  return {502, "5.5.1", cat("Here one says ", expected)};
}
Reply bad_sequence(std::string_view hint) {
  return {503, "5.5.1", std::string(hint)};
}
Reply unknown_parameter(std::string_view parameter) {
  return {555, "5.5.4", cat("Unknown parameter ", printable(parameter, 64))};
}
Reply bad_parameter(std::string_view parameter) {
  return {501, "5.5.4", cat("Bad value of parameter ", printable(parameter, 64))};
}
Reply repeated_parameter(std::string_view parameter) {
  return {501, "5.5.4", cat("Parameter ", printable(parameter, 64), " is there twice")};
}
Reply bad_sender(std::string_view why) {
  return {501, "5.1.7", cat("Bad sender: ", why)};
}
Reply bad_recipient(std::string_view why) {
  return {501, "5.1.3", cat("Bad recipient: ", why)};
}
Reply smtputf8_needed() {
  return {553, "5.6.7", "Address is not ASCII: say SMTPUTF8 with MAIL"};
}
Reply ascii_only() {
  return {553, "5.6.7", "Address is not ASCII, and others are not taken here"};
}
Reply requiretls_needs_tls() {
  return {530, "5.7.10", "REQUIRETLS is for sessions under TLS: say STARTTLS first"};
}
Reply held_too_long() {
  return {501, "5.5.4", "That is longer than messages are held here, see FUTURERELEASE"};
}

Reply ready_for_tls() {
  return {220, "2.0.0", "Ready to start TLS"};
}
Reply tls_not_offered() {
  return {502, "5.5.1", "STARTTLS is not offered here"};
}
Reply tls_active() {
  return {503, "5.5.1", "TLS is active already"};
}
Reply input_behind(std::string_view verb) {
  return {554, "5.5.0", cat("Data behind ", verb, " before its reply, closing")};
}
Reply challenge(std::string_view base64) {
  return {334, "", std::string(base64)};
}
Reply auth_ok() {
  return {235, "2.7.0", "Authenticated"};
}
Reply auth_failed() {
  return {535, "5.7.8", "User name or password is wrong"};
}
Reply auth_cancelled() {
  return {501, "5.7.0", "Authentication cancelled"};
}
Reply auth_malformed() {
  return {501, "5.5.2", "Malformed authentication exchange"};
}
Reply auth_bad_base64() {
  return {501, "5.5.2", "That is not base64"};
}
Reply auth_unknown_mechanism() {
  return {504, "5.5.4", "Unknown authentication mechanism"};
}
Reply auth_needs_tls() {
  return {538, "5.7.11", "Authenticate under TLS only: say STARTTLS first"};
}
Reply auth_not_offered() {
  return {503, "5.5.1", "AUTH is not offered here"};
}
Reply auth_again() {
  return {503, "5.5.1", "Already authenticated"};
}
Reply auth_temporary() {
  return {454, "4.7.0", "Cannot check passwords now, try again later"};
}
Reply too_many_auth_failures(std::string_view hostname) {
  return goodbye("4.7.0", hostname, "Too many failed logins, closing");
}

Reply sender_ok() {
  return {250, "2.1.0", "Sender OK"};
}
Reply sender_ok_without_priority() {
  return {250, "2.3.6", "0 is the priority; only those who log in may ask for a higher one"};
}
Reply too_many_messages_of_client() {
  return {450, "4.7.1", "Too many messages from your address, try again later"};
}
Reply recipient_ok() {
  return {250, "2.1.5", "Recipient OK"};
}
Reply too_many_recipients() {
  return {452, "4.5.3", "Too many recipients, send to the others in another message"};
}
Reply too_many_recipient_domains() {
  return {452, "4.5.3", "Too many different domains, send to the others in another message"};
}
Reply start_text() {
  return {354, "", "Send the message, end with a line of one dot"};
}
Reply chunk_ok(std::uint64_t octets) {
  return {250, "2.0.0", cat(octets, " octets received")};
}
Reply bad_chunk_size() {
  return {501, "5.5.4", "Syntax: BDAT octets [LAST]; cannot tell where the chunk ends, closing"};
}
Reply data_for_binary() {
  return {503, "5.5.1", "BODY=BINARYMIME is sent by BDAT"};
}
Reply authentication_required() {
  return {530, "5.7.0", "Authentication required"};
}
Reply relay_denied() {
  return {550, "5.7.1", "Relaying denied: that is no domain of ours, and you have not logged in"};
}
Reply client_blocked() {
  return {550, "5.7.1", "Mail from your address is not accepted here"};
}
Reply message_too_big(std::uint64_t limit) {
  return {552, "5.3.4", cat("Message is bigger than ", limit, " octets")};
}
Reply header_too_big() {
  return {552, "5.3.4", "Message header is too big"};
}
Reply header_line_too_long() {
  return {554, "5.6.0", "A line of the message header is too long: fold it"};
}
Reply too_many_hops() {
  return {554, "5.4.6", "Too many Received fields: mail loop?"};
}
Reply nul_in_text() {
  return {554, "5.6.0", "Message has a NUL octet: encode it in base64"};
}
Reply eight_bit_header() {
  return {554, "5.6.0",
          "Message header is not ASCII: encode it as RFC 2047 says, or say SMTPUTF8 with MAIL"};
}
Reply header_not_utf8() {
  return {554, "5.6.0", "Message header is not UTF-8, as SMTPUTF8 with MAIL has promised"};
}
Reply bare_cr_or_lf_in_header() {
  return {554, "5.6.0", "Message header has a CR or LF without the other"};
}
Reply bare_cr_or_lf() {
  return {550, "5.5.2", "Message lines must end in CR LF; found one without the other, closing"};
}
Reply bare_cr_or_lf_in_chunk() {
  return {550, "5.5.2", "Message lines must end in CR LF; found one without the other"};
}
Reply no_space() {
  return {452, "4.3.1", "Not enough disk space, try again later"};
}
Reply local_failure() {
  return {451, "4.3.0", "Local trouble, try again later"};
}
Reply queued(std::string_view message_id) {
  return {250, "2.0.0", cat("Queued as ", message_id)};
}

}  // namespace reply

}  // namespace postern::mail
