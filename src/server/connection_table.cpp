// SPDX-License-Identifier: ISC
//
// server/connection_table.cpp - the connections of a worker.

#include "server/connection_table.h"

#include "server/connection.h"

namespace postern::server {

ConnectionTable::ConnectionTable(OnFinished on_finished) : on_finished_(std::move(on_finished)) {}
ConnectionTable::~ConnectionTable() = default;

Connection& ConnectionTable::add(ConnectionId id, std::unique_ptr<Connection> connection) {
  return *connections_.emplace(id, std::move(connection)).first->second;
}

Connection* ConnectionTable::find(ConnectionId id) {
  const auto found = connections_.find(id);
  return found == connections_.end() ? nullptr : found->second.get();
}

void ConnectionTable::finished(ConnectionId id) {
  auto node = connections_.extract(id);
  if (node.empty()) return;
  on_finished_(*node.mapped());
  finished_.push_back(std::move(node.mapped()));
}

void ConnectionTable::sweep() {
  finished_.clear();
}

void ConnectionTable::for_each(const std::function<void(Connection&)>& visit) {
  std::vector<ConnectionId> ids;  // visit may finish connections
  ids.reserve(connections_.size());
  for (const auto& [id, connection] : connections_) ids.push_back(id);
  for (const ConnectionId id : ids) {
    if (Connection* connection = find(id)) visit(*connection);
  }
}

}  // namespace postern::server
