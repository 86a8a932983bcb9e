// SPDX-License-Identifier: ISC
//
// mail/postfix_face.cpp - the log in the words of Postfix, for the tools that read those.
//
// The tools find things by regular expressions, so each blank matters.  What a peer has said is
// made safe: it can end neither the line nor the brackets that it stands in.

#include "mail/postfix_face.h"

#include <unistd.h>

#include <algorithm>
#include <array>

#include "base/text.h"

namespace postern::mail {

namespace {

using log::Line;
using log::Record;

constexpr std::size_t max_value = 512;  // octets, as in the other faces

constexpr std::string_view smtpd = "postern/smtpd";
constexpr std::string_view qmgr = "postern/qmgr";
constexpr std::string_view spool = "postern/spool";

std::string safe(std::string_view value) {
  std::string out;
  for (const char c : printable(value, max_value)) {
    if (c == '<' || c == '>') {
      out += c == '<' ? "\\x3c" : "\\x3e";
    } else {
      out += c;
    }
  }
  return out;
}

std::string address(const Record& record, std::string_view key) {
  return cat(key, "=<", safe(record[key]), ">");
}

// What a client is called, if that is known at all, comes in an event of its own (client_name).
std::string client(const Record& record) {
  return cat("unknown[", safe(record["peer"]), "]");
}

std::string queue_id(const Record& record) {
  std::string id = safe(record["message"]);
  std::replace(id.begin(), id.end(), '-', '_');
  return id;
}

std::string proto_and_helo(const Record& record) {
  return cat("proto=", safe(record["protocol"]), " ", address(record, "helo"));
}

// A reply: its codes, and its text.  Without the enhanced code, if it has none.
struct Reply {
  std::string_view codes;
  std::string_view text;
};

Reply split_reply(std::string_view line) {
  std::string_view rest = line;
  const std::string_view code = take_word(rest);
  std::string_view behind = rest;
  const std::string_view second = take_word(behind);
  const bool is_enhanced =
      !second.empty() && second.find_first_not_of("0123456789.") == std::string_view::npos;
  if (!is_enhanced) return {code, rest};
  return {line.substr(0, code.size() + 1 + second.size()), behind};
}

// ---- One for each event that Postfix has words for.

std::vector<Line> session_begin(const Record& record) {
  return {{smtpd, cat("connect from ", client(record))}};
}

std::vector<Line> tls_begin(const Record& record) {
  return {{smtpd, cat("Anonymous TLS connection established from ", client(record), ": ",
                      safe(record["tls"]))}};
}

std::vector<Line> tls_failed(const Record& record) {
  return {{smtpd, cat("SSL_accept error from ", client(record), ": ", safe(record["reason"]))}};
}

// Who talks before it may.
std::vector<Line> input_refused(const Record& record) {
  return {{smtpd, cat("improper command pipelining after ", safe(record["after"]), " from ",
                      client(record), ": ", safe(record["reply"]))}};
}

std::vector<Line> login_failed(const Record& record) {
  const bool is_ours = record["reply"].starts_with('4');
  return {
      {smtpd, cat("warning: ", client(record), ": SASL ", safe(record["mechanism"]),
                  " authentication failed: ",
                  is_ours ? "Connection lost to authentication server" : "authentication failure",
                  ", sasl_username=", safe(record["login"]))}};
}

// The words by which the tools know what they may hold against a client: 5.7.1 says that it is
// not allowed to.
std::vector<Line> sender_refused(const Record& record) {
  const Reply reply = split_reply(record["reply"]);
  const bool is_client = reply.codes == "550 5.7.1";
  return {{smtpd, cat("NOQUEUE: reject: MAIL from ", client(record), ": ", safe(reply.codes), " <",
                      safe(record[is_client ? "peer" : "from"]),
                      ">: ", is_client ? "Client host rejected: " : "", safe(reply.text), "; ",
                      address(record, "from"), " ", proto_and_helo(record))}};
}

std::vector<Line> client_blocked(const Record& record) {
  const Reply reply = split_reply(record["reply"]);
  return {{smtpd, cat("NOQUEUE: reject: CONNECT from ", client(record), ": ", safe(reply.codes),
                      " <", safe(record["peer"]), ">: Client host rejected: ", safe(reply.text),
                      "; proto=SMTP")}};
}

std::vector<Line> recipient_refused(const Record& record) {
  const Reply reply = split_reply(record["reply"]);
  const std::string text =
      reply.codes == "550 5.7.1" ? std::string("Relay access denied") : safe(reply.text);
  return {{smtpd, cat("NOQUEUE: reject: RCPT from ", client(record), ": ", safe(reply.codes), " <",
                      safe(record["to"]), ">: ", text, "; ", address(record, "from"), " ",
                      address(record, "to"), " ", proto_and_helo(record))}};
}

// Without an id it was the command that was refused.
std::vector<Line> message_refused(const Record& record) {
  const bool has_text = !record["message"].empty();
  return {{smtpd,
           cat(has_text ? queue_id(record) : "NOQUEUE",
               ": reject: ", has_text ? "END-OF-MESSAGE" : "DATA", " from ", client(record), ": ",
               safe(record["reply"]), "; ", address(record, "from"), " ", proto_and_helo(record))}};
}

std::vector<Line> message_accepted(const Record& record) {
  const std::string id = queue_id(record);
  const std::string_view login = record["login"];
  const std::string sasl = login.empty() ? std::string()
                                         : cat(", sasl_method=", safe(record["mechanism"]),
                                               ", sasl_username=", safe(login));
  return {{smtpd, cat(id, ": client=", client(record), sasl)},
          {qmgr, cat(id, ": ", address(record, "from"), ", size=", record["size"],
                     ", nrcpt=", record["recipients"], " (queue active)")}};
}

std::string seconds(std::string_view milliseconds) {
  const auto number = parse_decimal<std::uint64_t>(milliseconds).value_or(0);
  return cat(number / 1000, ".", std::to_string(1000 + number % 1000).substr(1));
}

// To the tools a message is delivered when it is in the spool, and gone when that holds for all.
std::vector<Line> message_recipient(const Record& record) {
  const std::string id = queue_id(record);
  const std::string delay = seconds(record["delay_ms"]);
  std::vector<Line> lines{
      {spool, cat(id, ": ", address(record, "to"), ", relay=spool, delay=", delay,
                  ", delays=", delay, "/0/0/0, dsn=2.0.0, status=sent (committed to spool)")}};
  if (record["number"] == record["recipients"]) lines.push_back({qmgr, cat(id, ": removed")});
  return lines;
}

// How Postfix calls it that a session did not end with QUIT; empty if it did, or for our reasons.
std::string_view kind_of_end(const Record& record) {
  const std::string_view reason = record["reason"];
  if (reason.starts_with("421 4.4.2") || reason == "client does not read") return "timeout";
  if (reason.starts_with("421 4.7.0")) {
    return record["after"] == "CONNECT" ? "" : "too many errors";
  }
  const bool is_ours = reason == "quit" || reason == "server stops" ||
                       reason == "no memory for TLS" ||
                       (!reason.empty() && is_digit(reason.front()));
  return is_ours ? "" : "lost connection";
}

std::vector<Line> session_end(const Record& record) {
  std::vector<Line> lines;
  const std::string_view kind = kind_of_end(record);
  if (!kind.empty()) {
    lines.push_back({smtpd, cat(kind, " after ", safe(record["after"]), " from ", client(record))});
  }
  lines.push_back({smtpd, cat("disconnect from ", client(record), " ", safe(record["commands"]))});
  return lines;
}

struct Shape {
  std::string_view event;
  std::vector<Line> (*lines)(const Record& record);
};

constexpr std::array shapes{
    Shape{"session_begin", session_begin},
    Shape{"tls_begin", tls_begin},
    Shape{"tls_failed", tls_failed},
    Shape{"early_talker", input_refused},
    Shape{"input_refused", input_refused},
    Shape{"login_failed", login_failed},
    Shape{"sender_refused", sender_refused},
    Shape{"client_blocked", client_blocked},
    Shape{"recipient_refused", recipient_refused},
    Shape{"message_refused", message_refused},
    Shape{"message_accepted", message_accepted},
    Shape{"message_recipient", message_recipient},
    Shape{"session_end", session_end},
};

std::vector<Line> lines_of(const Record& record) {
  const auto* shape = std::find_if(shapes.begin(), shapes.end(), [&record](const Shape& candidate) {
    return candidate.event == record.event;
  });
  if (shape != shapes.end()) return shape->lines(record);
  const bool is_warning = record.level >= log::Level::warning;
  return {{smtpd, cat(is_warning ? "warning: " : "", log::keyvalue_text(record))}};
}

// Asked once, by who is not in a sandbox yet.
const std::string& host_name() {
  static const std::string name = [] {
    std::array<char, 256> host{};
    const bool is_known = ::gethostname(host.data(), host.size() - 1) == 0 && host[0] != '\0';
    return std::string(is_known ? host.data() : "-");
  }();
  return name;
}

// As a syslog daemon would write it.
std::string heading(const Record& record, std::string_view ident) {
  return cat(log::timestamp(record.time), " ", host_name(), " ", ident, "[", record.process, "]: ");
}

}  // namespace

const log::Face& postfix_face() {
  static constexpr log::Face face{lines_of, heading};
  host_name();
  return face;
}

}  // namespace postern::mail
