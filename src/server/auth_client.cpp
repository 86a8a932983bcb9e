// SPDX-License-Identifier: ISC
//
// server/auth_client.cpp - a worker's questions to its auth helpers.

#include "server/auth_client.h"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string>
#include <vector>

#include "auth/helper_protocol.h"
#include "base/log.h"
#include "base/secret.h"

namespace postern::server {

namespace {

// A hash takes up to half a second, and a few questions may wait before ours.
constexpr std::chrono::seconds patience{15};
constexpr std::chrono::milliseconds look_again{1000};

}  // namespace

AuthClient::AuthClient(net::Loop& loop, UniqueFd fd, std::size_t max_sent,
                       std::function<void()> on_stuck)
    : fd_(std::move(fd)),
      max_sent_(max_sent),
      on_stuck_(std::move(on_stuck)),
      watch_(loop, fd_.get(), [this] { on_readable(); }),
      overdue_(loop, [this] { give_up_overdue(); }) {}

AuthClient::Ticket AuthClient::verify(const auth::Credentials& credentials, Callback callback) {
  const Ticket ticket = next_ticket_++;
  const auto now = std::chrono::steady_clock::now();
  auto packet = auth::encode_question({ticket, credentials});
  Pending question{now + patience, std::move(callback), packet.value_or("")};
  if (!packet) question.deadline = now;  // the verdict must come from the loop
  pending_.emplace(ticket, std::move(question));
  if (!packet) overdue_.start(std::chrono::milliseconds{0});
  if (packet && pending_.size() == 1) overdue_.start(look_again);  // else it runs already
  send_waiting();
  return ticket;
}

void AuthClient::send_waiting() {
  auto sent = static_cast<std::size_t>(
      std::count_if(pending_.begin(), pending_.end(),
                    [](const auto& entry) { return entry.second.packet.empty(); }));
  for (auto& [ticket, question] : pending_) {
    if (sent >= max_sent_) return;
    if (question.packet.empty()) continue;
    if (!send(question)) return;
    ++sent;
  }
}

// A question that cannot be sent is one that is overdue at once.
bool AuthClient::send(Pending& question) {
  const bool sent = ::send(fd_.get(), question.packet.data(), question.packet.size(),
                           MSG_NOSIGNAL | MSG_DONTWAIT) >= 0;
  wipe(question.packet);
  if (sent) return true;
  log::write(log::Level::error, "auth_helper_unreachable", {});
  question.deadline = std::chrono::steady_clock::now();
  overdue_.start(std::chrono::milliseconds{0});
  return false;
}

void AuthClient::cancel(Ticket ticket) {
  const auto question = pending_.find(ticket);
  if (question == pending_.end()) return;
  question->second.callback = nullptr;
  if (question->second.packet.empty()) return;  // a helper works at it
  wipe(question->second.packet);
  pending_.erase(question);
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
  last_sign_ = std::chrono::steady_clock::now();
  if (answer) finish(answer->ticket, answer->is_valid ? Verdict::valid : Verdict::invalid);
  send_waiting();
}

void AuthClient::give_up_overdue() {
  const auto now = std::chrono::steady_clock::now();
  complain_if_stuck(now);
  std::vector<Ticket> overdue;
  for (const auto& [ticket, question] : pending_) {
    if (question.deadline <= now) overdue.push_back(ticket);
  }
  for (const Ticket ticket : overdue) finish(ticket, Verdict::unavailable);
  send_waiting();
  if (!pending_.empty()) overdue_.start(look_again);
}

// Questions may be overdue because there are many; but then answers come.
void AuthClient::complain_if_stuck(std::chrono::steady_clock::time_point now) {
  const bool is_overdue =
      std::any_of(pending_.begin(), pending_.end(), [now](const auto& question) {
        return question.second.packet.empty() && question.second.deadline <= now;
      });
  if (!is_overdue || now - last_sign_ < patience) return;
  last_sign_ = now;
  log::write(log::Level::error, "helpers_stuck", {});
  on_stuck_();
}

void AuthClient::finish(Ticket ticket, Verdict verdict) {
  auto question = pending_.extract(ticket);
  if (question.empty()) return;  // answered after we gave up
  if (question.mapped().callback) question.mapped().callback(verdict);
}

}  // namespace postern::server
