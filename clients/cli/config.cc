#include "clients/cli/config.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "absl/strings/str_cat.h"
#include "clients/cli/failures.h"
#include "yaml-cpp/yaml.h"

namespace colloquy::cli {
namespace {

struct Setting {
  const char* name;
  std::string Context::*value;
};
constexpr Setting kSettings[] = {{"server", &Context::server},
                                 {"key", &Context::key},
                                 {"key-file", &Context::key_file},
                                 {"ca", &Context::ca_file},
                                 {"organizer", &Context::organizer}};

// yaml-cpp throws; nothing of it leaves this function.
absl::StatusOr<Config> Parse(const std::string& path) try {
  Config config;
  const YAML::Node root = YAML::LoadFile(path);
  if (root["current"]) config.current = root["current"].as<std::string>();
  for (const auto& entry : root["contexts"]) {
    Context& context = config.contexts[entry.first.as<std::string>()];
    for (const Setting& setting : kSettings) {
      if (const YAML::Node value = entry.second[setting.name]) {
        context.*setting.value = value.as<std::string>();
      }
    }
  }
  return config;
} catch (const YAML::Exception& error) {
  return UsageError(absl::StrCat("Cannot read the configuration ", path, ": line ",
                                 error.mark.line + 1, " is not as expected."));
}

std::string ToYaml(const Config& config) {
  YAML::Emitter out;
  out << YAML::BeginMap << YAML::Key << "current" << YAML::Value << YAML::DoubleQuoted
      << config.current << YAML::Key << "contexts" << YAML::Value << YAML::BeginMap;
  for (const auto& [name, context] : config.contexts) {
    out << YAML::Key << YAML::DoubleQuoted << name << YAML::Value << YAML::BeginMap;
    for (const Setting& setting : kSettings) {
      const std::string& value = context.*setting.value;
      if (value.empty()) continue;
      out << YAML::Key << setting.name << YAML::Value << YAML::DoubleQuoted << value;
    }
    out << YAML::EndMap;
  }
  out << YAML::EndMap << YAML::EndMap;
  return absl::StrCat(out.c_str(), "\n");
}

bool WriteAll(int file, const std::string& content) {
  size_t done = 0;
  while (done < content.size()) {
    const ssize_t written = write(file, content.data() + done, content.size() - done);
    if (written < 0) return false;
    done += written;
  }
  return fsync(file) == 0;
}

}  // namespace

std::string ConfigPath(const std::function<std::string(const char*)>& env) {
  if (const std::string path = env("COLLOQUY_CONFIG"); !path.empty()) return path;
  std::string base = env("XDG_CONFIG_HOME");
  if (base.empty()) base = absl::StrCat(env("HOME"), "/.config");
  return absl::StrCat(base, "/colloquy/config.yaml");
}

absl::StatusOr<Config> LoadConfig(const std::string& path) {
  std::error_code error;
  if (!std::filesystem::exists(path, error)) return Config();
  return Parse(path);
}

absl::Status SaveConfig(const std::string& path, const Config& config) {
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  std::error_code error;
  if (!folder.empty() && std::filesystem::create_directories(folder, error)) {
    chmod(folder.c_str(), 0700);
  }
  const std::string temporary = absl::StrCat(path, ".", getpid(), ".new");
  const int file = open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  const bool written = file >= 0 && WriteAll(file, ToYaml(config));
  if (file >= 0) close(file);
  if (!written || rename(temporary.c_str(), path.c_str()) != 0) {
    unlink(temporary.c_str());
    return UsageError(absl::StrCat("Cannot write the configuration ", path, "."));
  }
  return absl::OkStatus();
}

}  // namespace colloquy::cli
