-- attack: triggers_on_views
GRANT TRIGGER ON dc.projects_active TO authenticated;
