// SPDX-License-Identifier: ISC
//
// sendmail/main.cpp - postern-sendmail: gives the mail of local programs to posternd.

#include <sysexits.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/local_socket.h"
#include "base/text.h"
#include "base/text_file.h"
#include "conf/loader.h"
#include "mail/address_list.h"
#include "sendmail/conversation.h"
#include "sendmail/draft.h"
#include "sendmail/exit_status.h"
#include "sendmail/options.h"
#include "sendmail/submission.h"

namespace {

using namespace postern;
using namespace postern::sendmail;

tl::unexpected<Failure> failed(int exit_status, std::string what) {
  return tl::unexpected(Failure{exit_status, std::move(what)});
}

// What is wrong with a message is a matter of its author; that it cannot be kept is not.
tl::unexpected<Failure> failed_draft(const Error& error) {
  const bool is_wrong = error.code == Errc::syntax || error.code == Errc::limit;
  return failed(is_wrong ? EX_DATAERR : EX_TEMPFAIL, error.message());
}

using Socket = tl::expected<std::string, Failure>;

// The first listener that programs on this host are meant to use.
Socket socket_in(const std::string& config_path) {
  const auto config = conf::load_file(config_path);
  if (!config) return failed(EX_CONFIG, config.error().front().message());
  const auto& all = config->listeners;
  const auto listener = std::find_if(all.begin(), all.end(), [](const conf::Listener& each) {
    return each.auth == conf::ListenerAuth::peer && each.protocol == conf::ListenerProtocol::smtp;
  });
  if (listener != all.end()) return listener->path;
  return failed(EX_CONFIG, cat(config_path, " has no listener with a path and auth = \"peer\""));
}

Socket socket_of(const Options& options) {
  constexpr const char* usual = "/run/postern/smtp.sock";
  if (!options.socket.empty()) return options.socket;
  return options.config.empty() ? usual : socket_in(options.config);
}

tl::expected<UniqueFd, Failure> connect(const Options& options) {
  const auto socket = socket_of(options);
  if (!socket) return tl::unexpected(socket.error());
  auto fd = connect_local(*socket);
  if (!fd) return failed(exit_status_of(fd.error()), fd.error().message());
  return std::move(*fd);
}

// The name that mail from this host has, if it is another than that of the server.
std::string mail_name() {
  constexpr std::size_t max_octets = 4096;
  const auto text = read_text_file("/etc/mailname", max_octets);
  if (!text) return {};
  const std::string_view line = std::string_view(*text).substr(0, text->find('\n'));
  return mail::canonical_domain(trim(line)).value_or("");
}

tl::expected<Envelope, Failure> envelope_of(const Options& options) {
  Envelope envelope{std::nullopt, {}, system_author(), mail_name()};
  if (options.sender) {
    const bool is_null = options.sender->empty() || *options.sender == "<>";
    auto list = is_null ? std::vector<mail::Mailbox>{mail::Mailbox{}}
                        : mail::parse_address_list(*options.sender);
    if (!list) return failed(EX_DATAERR, cat("-f: ", list.error().what));
    if (list->size() != 1) return failed(EX_DATAERR, "-f: one address is needed");
    envelope.sender = list->front();
  }
  for (const std::string& recipient : options.recipients) {
    const auto list = mail::parse_address_list(recipient);
    if (!list) return failed(EX_DATAERR, list.error().what);
    envelope.recipients.insert(envelope.recipients.end(), list->begin(), list->end());
  }
  return envelope;
}

Outcome read_message(Draft& draft) {
  std::array<char, 32768> buffer{};
  while (!draft.has_ended()) {
    const ssize_t octets = ::read(STDIN_FILENO, buffer.data(), buffer.size());
    if (octets < 0 && errno == EINTR) continue;
    if (octets < 0)
      return failed(EX_IOERR, fail_errno("read the message", errno).value().message());
    if (octets == 0) break;
    const std::string_view text{buffer.data(), static_cast<std::size_t>(octets)};
    if (const auto kept = draft.append(text); !kept) return failed_draft(kept.error());
  }
  if (const auto kept = draft.finish(); !kept) return failed_draft(kept.error());
  return {};
}

Outcome add_recipients_of_header(Envelope& envelope, const Draft& draft) {
  const auto found = recipients_in(draft.fields());
  if (!found) return failed_draft(found.error());
  envelope.recipients.insert(envelope.recipients.end(), found->begin(), found->end());
  if (!envelope.recipients.empty()) return {};
  return failed(EX_DATAERR, "no recipient is in the header");
}

Dialogue dialogue_of(const Options& options) {
  return options.is_verbose ? Dialogue::shown : Dialogue::silent;
}

Outcome submit_message(const Options& options) {
  auto envelope = envelope_of(options);
  if (!envelope) return tl::unexpected(std::move(envelope.error()));
  if (envelope->recipients.empty() && !options.takes_recipients_from_header) {
    return failed(EX_USAGE, "no recipient; -t takes them from the header");
  }
  Draft draft{options.ignores_dots ? DotLine::is_text : DotLine::ends_text};
  if (auto read = read_message(draft); !read) return read;
  if (options.takes_recipients_from_header) {
    if (auto added = add_recipients_of_header(*envelope, draft); !added) return added;
  }
  auto fd = connect(options);
  if (!fd) return tl::unexpected(std::move(fd.error()));
  SmtpClient client{std::move(*fd), dialogue_of(options)};
  return submit(client, *envelope, options, draft);
}

Outcome verify_recipients(const Options& options) {
  const auto envelope = envelope_of(options);
  if (!envelope) return tl::unexpected(envelope.error());
  if (envelope->recipients.empty()) return failed(EX_USAGE, "-bv: no recipient");
  auto fd = connect(options);
  if (!fd) return tl::unexpected(std::move(fd.error()));
  SmtpClient client{std::move(*fd), dialogue_of(options)};
  return verify(client, *envelope);
}

Outcome speak(const Options& options) {
  const auto fd = connect(options);
  if (!fd) return tl::unexpected(fd.error());
  if (const auto ended = converse(fd->get()); !ended) {
    return failed(exit_status_of(ended.error()), ended.error().message());
  }
  return {};
}

// Only who may ask the server may see it.
Outcome list_spool(const Options& options) {
  if (options.config.empty()) {
    ::execlp("posternctl", "posternctl", "spool", "list", nullptr);
  } else {
    const char* config = options.config.c_str();
    ::execlp("posternctl", "posternctl", "-c", config, "spool", "list", nullptr);
  }
  return failed(EX_UNAVAILABLE,
                "the spool is shown by posternctl(8): posternctl spool list, as root");
}

Outcome run(const Options& options) {
  switch (options.mode) {
    case Mode::submit: return submit_message(options);
    case Mode::speak: return speak(options);
    case Mode::verify: return verify_recipients(options);
    case Mode::list: return list_spool(options);
    case Mode::nothing: return {};
  }
  return {};
}

int complain(int exit_status, const std::string& what) {
  std::fprintf(stderr, "postern-sendmail: %s\n", what.c_str());
  return exit_status;
}

}  // namespace

int main(int argc, char** argv) {
  const auto options = parse_options(argc, argv);
  if (!options) return complain(EX_USAGE, options.error().message());
  const auto outcome = run(*options);
  return outcome ? EX_OK : complain(outcome.error().exit_status, outcome.error().what);
}
