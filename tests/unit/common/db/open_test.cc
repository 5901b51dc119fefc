#include "services/common/db/open.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace colloquy::db {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(ParseMysqlUrl, TakesEveryPart) {
  const auto options = ParseMysqlUrl(
      "mysql://col%40loquy:p%3A%2F%40ss@db.example.org:3307/events?tls=required&ca=%2Fetc%2Fca.pem"
      "&connections=4");
  ASSERT_TRUE(options.ok()) << options.status();
  EXPECT_EQ(options->user, "col@loquy");
  EXPECT_EQ(options->password, "p:/@ss");
  EXPECT_EQ(options->host, "db.example.org");
  EXPECT_EQ(options->port, 3307);
  EXPECT_EQ(options->schema, "events");
  EXPECT_EQ(options->tls, MysqlOptions::Tls::kRequired);
  EXPECT_EQ(options->ca_file, "/etc/ca.pem");
  EXPECT_EQ(options->connections, 4);
}

TEST(ParseMysqlUrl, HasDefaults) {
  const auto options = ParseMysqlUrl("mysql://root@[::1]/s");
  ASSERT_TRUE(options.ok()) << options.status();
  EXPECT_EQ(options->password, "");
  EXPECT_EQ(options->host, "[::1]");
  EXPECT_EQ(options->port, 3306);
  EXPECT_EQ(options->tls, MysqlOptions::Tls::kPreferred);
  EXPECT_EQ(ParseMysqlUrl("mysql://root@[::1]:99/s")->port, 99);
}

TEST(ParseMysqlUrl, RefusesWithoutTellingThePassword) {
  for (const char* url : {
           "mysql://u:secret@h:0/s",
           "mysql://u:secret@h:65536/s",
           "mysql://u:secret@h:x/s",
           "mysql://u:secret@h:/s",
           "mysql://u:secret@[::1/s",
           "mysql://u:secret@[::1]x/s",
           "mysql://u:secret@/s",
           "mysql://u:secret@h",
           "mysql://u:secret@h/",
           "mysql://:secret@h/s",
           "mysql://u:secret%2@h/s",
           "mysql://u:secret%zz@h/s",
           "mysql://u:secret%00@h/s",
           "mysql://u:secret@h/s?tls=maybe",
           "mysql://u:secret@h/s?tls=off&ca=x",
           "mysql://u:secret@h/s?connections=0",
           "mysql://u:secret@h/s?OPT_RECONNECT=1",
           "mysql://secret/s",
           "postgres://u:secret@h/s",
       }) {
    const auto options = ParseMysqlUrl(url);
    EXPECT_EQ(options.status().code(), absl::StatusCode::kInvalidArgument) << url;
    EXPECT_THAT(options.status().ToString(), Not(HasSubstr("secret"))) << url;
  }
}

TEST(Open, RefusesWhatItDoesNotKnow) {
  for (const char* url : {"", "sqlite:", "postgres://a", "/tmp/a.db", "mysql:a"}) {
    EXPECT_EQ(Open(url).status().code(), absl::StatusCode::kInvalidArgument) << url;
  }
}

}  // namespace
}  // namespace colloquy::db
