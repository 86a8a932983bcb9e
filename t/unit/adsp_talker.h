// SPDX-License-Identifier: ISC
//
// t/unit/adsp_talker.h - what uses the connections of an engine, as a gateway would.

#pragma once

#include <algorithm>
#include <cstddef>
#include <map>
#include <string>

#include "adsp/engine.h"
#include "adsp_network.h"

namespace postern::test {

// Says on each connection what it has to say, reads what it is told, and closes when it has said
// everything and been told as much as it expects.
class Talker {
 public:
  struct Talk {
    std::string told;
    std::size_t said = 0;
    bool has_closed = false;
    adsp::Connection::End end = adsp::Connection::End::none;
  };

  Talker(Network& network, adsp::Engine& engine) : network_(network), engine_(engine) {}

  std::string says;         // on each connection
  std::size_t expects = 0;  // octets, before it closes
  bool closes = true;
  bool reads = true;
  bool releases = true;             // at once when one has ended; its Talk stays
  std::size_t most_read = 100'000;  // at a time

  std::map<adsp::Engine::Id, Talk> talks;

  void turn() {
    for (const adsp::Engine::Id id : engine_.take_changed()) serve(id);
  }

  void serve(adsp::Engine::Id id) {
    const adsp::Connection* connection = engine_.find(id);
    if (connection == nullptr) return;
    Talk& talk = talks[id];
    read(id, *connection, talk);
    if (connection->state() == adsp::Connection::State::open) {
      talk.said += engine_.write(id, std::string_view(says).substr(talk.said), network_.now);
      const bool is_done = talk.said == says.size() && talk.told.size() >= expects;
      if (is_done && closes && !talk.has_closed) {
        talk.has_closed = true;
        engine_.close(id, network_.now);
      }
    }
    if (connection->state() != adsp::Connection::State::ended) return;
    talk.end = connection->end();
    if (releases && connection->unread().empty()) engine_.release(id, network_.now);
  }

  // All that have ended, in whatever way.
  std::size_t ended() const {
    return static_cast<std::size_t>(std::count_if(talks.begin(), talks.end(), [](const auto& row) {
      return row.second.end != adsp::Connection::End::none;
    }));
  }

 private:
  void read(adsp::Engine::Id id, const adsp::Connection& connection, Talk& talk) {
    while (reads && !connection.unread().empty()) {
      const std::string_view some = connection.unread().substr(0, most_read);
      talk.told += some;
      engine_.consume(id, some.size(), network_.now);
    }
  }

  Network& network_;
  adsp::Engine& engine_;
};

}  // namespace postern::test
