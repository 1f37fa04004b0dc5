# Which package of the distribution has a file: read by `needs.exs`, `rootfs` and `needed-packages`.

defmodule Packages do
  @certificates "/etc/ssl/certs/ca-certificates.crt"

  def certificates, do: @certificates

  # --- paths ---

  def real(path), do: real("/", path |> Path.split() |> tl())
  defp real(at, []), do: at

  defp real(at, [name | rest]) do
    path = Path.join(at, name)

    case File.read_link(path) do
      {:ok, to} -> real("/", tl(Path.split(Path.expand(to, at))) ++ rest)
      _ -> real(path, rest)
    end
  end

  # --- packages ---

  # path => {package, version}, of dpkg's database or apk's.
  def owners do
    case Enum.find(["/lib/apk/db/installed", "/usr/lib/apk/db/installed"], &File.regular?/1) do
      nil -> of_dpkg()
      file -> of_apk(File.read!(file))
    end
  end

  defp of_dpkg do
    format = "${binary:Package}\t${Package}\t${Version}\n"
    {text, 0} = System.cmd("dpkg-query", ["--show", "--showformat", format])

    for line <- String.split(text, "\n", trim: true),
        [binary, name, version] = String.split(line, "\t"),
        path <- listed(binary, name),
        path != "/.",
        into: %{},
        do: {path, {name, version}}
  end

  def listed(binary, name) do
    places = for each <- [binary, name], do: "/var/lib/dpkg/info/#{each}.list"
    file = Enum.find(places, &File.regular?/1)
    if file, do: String.split(File.read!(file), "\n", trim: true), else: []
  end

  # apk-tools, "APKINDEX format": P is a package, V its version, F a folder, R a file in it.
  defp of_apk(text) do
    start = {%{}, {"", "", ""}}

    {found, _} =
      for line <- String.split(text, "\n"), reduce: start do
        {found, {name, version, folder} = at} ->
          case line do
            "P:" <> name -> {found, {name, "", ""}}
            "V:" <> version -> {found, {name, version, ""}}
            "F:" <> folder -> {found, {name, version, folder}}
            "R:" <> file -> {Map.put(found, Path.join(["/", folder, file]), {name, version}), at}
            _ -> {found, at}
          end
      end

    found
  end

  # Debian's older packages name files below /lib that are below /usr/lib.
  def owner(owners, path) do
    inside = real(path)

    Enum.find_value([path, inside, String.replace_prefix(inside, "/usr/", "/")], fn each ->
      owners[each]
    end) || if(path == @certificates, do: owners["/usr/sbin/update-ca-certificates"])
  end
end
