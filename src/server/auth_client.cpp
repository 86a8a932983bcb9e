// SPDX-License-Identifier: ISC
//
// server/auth_client.cpp - a worker's questions to its auth helpers.

#include "server/auth_client.h"

#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <string>
#include <vector>

#include "auth/helper_protocol.h"
#include "base/log.h"

namespace postern::server {

namespace {

// A hash takes up to half a second, and a few questions may wait before ours.
constexpr std::chrono::seconds patience{15};
constexpr std::chrono::milliseconds look_again{1000};

}  // namespace

AuthClient::AuthClient(net::Loop& loop, UniqueFd fd)
    : fd_(std::move(fd)),
      watch_(loop, fd_.get(), [this] { on_readable(); }),
      overdue_(loop, [this] { give_up_overdue(); }) {}

void AuthClient::verify(const auth::Credentials& credentials, Callback callback) {
  const std::uint64_t ticket = next_ticket_++;
  const auto now = std::chrono::steady_clock::now();
  auto packet = auth::encode_question({ticket, credentials});
  const bool sent =
      packet && ::send(fd_.get(), packet->data(), packet->size(), MSG_NOSIGNAL | MSG_DONTWAIT) >= 0;
  if (packet) auth::wipe(*packet);
  // The callback must come from the loop, so a question that could not be sent is one that is
  // overdue at once.
  pending_.emplace(ticket, Pending{sent ? now + patience : now, std::move(callback)});
  if (!sent) log::write(log::Level::error, "auth_helper_unreachable", {});
  if (!sent) overdue_.start(std::chrono::milliseconds{0});
  if (sent && pending_.size() == 1) overdue_.start(look_again);  // else it runs already
}

void AuthClient::on_readable() {
  std::array<char, auth::max_packet> buffer{};
  const ssize_t size = ::recv(fd_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
  if (size < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (size <= 0) {
    watch_.pause();  // nobody is left at the other end
    return;
  }
  const auto answer = auth::decode_answer({buffer.data(), static_cast<std::size_t>(size)});
  if (answer) finish(answer->ticket, answer->is_valid ? Verdict::valid : Verdict::invalid);
}

void AuthClient::give_up_overdue() {
  const auto now = std::chrono::steady_clock::now();
  std::vector<std::uint64_t> overdue;
  for (const auto& [ticket, question] : pending_) {
    if (question.deadline <= now) overdue.push_back(ticket);
  }
  for (const std::uint64_t ticket : overdue) finish(ticket, Verdict::unavailable);
  if (!pending_.empty()) overdue_.start(look_again);
}

void AuthClient::finish(std::uint64_t ticket, Verdict verdict) {
  auto question = pending_.extract(ticket);
  if (!question.empty()) question.mapped().callback(verdict);  // else: answered after we gave up
}

}  // namespace postern::server
