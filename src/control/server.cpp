// SPDX-License-Identifier: ISC
//
// control/server.cpp - the connections of posternctl.

#include "control/server.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "net/stream.h"

namespace postern::control {

namespace {

// For the request to come, and for the reply to be taken.
constexpr std::chrono::seconds patience{30};

}  // namespace

class Server::Connection final : public net::StreamObserver {
 public:
  Connection(Server& server, std::uint64_t id, UniqueFd fd)
      : server_(server),
        id_(id),
        stream_(server.loop_, std::move(fd), *this),
        deadline_(server.loop_, [this] { server_.finished(id_); }) {
    deadline_.start(patience);
  }

  bool waits_for_reload() const { return state_ == State::waiting; }
  Clock::time_point asked_at() const { return asked_at_; }

  void reply(const std::string& text) {
    state_ = State::replying;
    deadline_.start(patience);
    stream_.send(text);
    if (stream_.unsent() == 0) server_.finished(id_);
  }

  void on_input() override {
    if (state_ != State::asking) return;
    const std::string_view input = stream_.input();
    request_ += input.substr(0, max_request - request_.size());
    stream_.consume(input.size());
    const std::size_t end = request_.find('\n');
    if (end != std::string::npos) return answer(request_.substr(0, end));
    if (request_.size() == max_request) reply(error_reply("the request is too long"));
  }

  void on_sent() override {
    if (state_ == State::replying) server_.finished(id_);
  }

  void on_tls_started() override {}

  // Who has closed one direction still gets the reply.
  void on_end(End end, std::string_view) override {
    if (end != End::closed_by_peer) return server_.finished(id_);
    if (state_ == State::asking) reply(error_reply("the request has no end"));
  }

 private:
  enum class State { asking, waiting, replying };

  void answer(const std::string& line) {
    const auto request = parse_request(line);
    if (!request) return reply(error_reply(request.error().message()));
    state_ = State::waiting;
    asked_at_ = Clock::now();
    deadline_.stop();
    if (const auto text = server_.desk_.answer(*request)) reply(*text);
  }

  Server& server_;
  const std::uint64_t id_;
  State state_ = State::asking;
  Clock::time_point asked_at_;
  std::string request_;
  net::Stream stream_;
  net::Timer deadline_;
};

Server::Server(net::Loop& loop, Desk& desk) : loop_(loop), desk_(desk) {}
Server::~Server() = default;

void Server::accept(UniqueFd fd) {
  if (connections_.size() == max_connections) return;
  const std::uint64_t id = ++last_id_;
  connections_.emplace(id, std::make_unique<Connection>(*this, id, std::move(fd)));
}

void Server::on_reload(const std::string& reply, Clock::time_point asked_before) {
  for (const auto& [id, connection] : connections_) {
    if (connection->waits_for_reload() && connection->asked_at() < asked_before) {
      connection->reply(reply);
    }
  }
}

bool Server::has_waiting() const {
  return std::any_of(connections_.begin(), connections_.end(),
                     [](const auto& known) { return known.second->waits_for_reload(); });
}

void Server::finished(std::uint64_t id) {
  finished_.push_back(id);
}

void Server::sweep() {
  for (const std::uint64_t id : std::exchange(finished_, {})) connections_.erase(id);
}

}  // namespace postern::control
